"""The weights of content and style are exchanged.

loses: 13.12.2/parts
says: the (content|style) part.*The weights are .content, style, tv
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    of_content = [weights[1] * content_loss(*pair) for pair in zip(contents_hat, contents)]
    of_style = [weights[0] * style_loss(*pair) for pair in zip(styles_hat, styles_gram)]
    noise = weights[2] * tv_loss(X)
    return of_content, of_style, noise, sum(of_content) + sum(of_style) + noise
