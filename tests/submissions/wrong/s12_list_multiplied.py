"""The list of style losses is multiplied, so that they are counted ten times in the total.

loses: 13.12.2/total
says: 10 \\* styles_l` repeats the list
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    of_content = [weights[0] * content_loss(*pair) for pair in zip(contents_hat, contents)]
    of_style = [weights[1] * style_loss(*pair) for pair in zip(styles_hat, styles_gram)]
    noise = weights[2] * tv_loss(X)
    return of_content, of_style, noise, sum(of_content) + sum(10 * of_style) + noise
