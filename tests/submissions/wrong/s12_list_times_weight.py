"""The lists are multiplied by the weights instead of the values in them: an error for 0.5, repetition for 2.

loses: 13.12.2/parts, 13.12.2/total, 13.12.2/linear, 13.12.2/gradient, 13.12.2/inputs
says: can't multiply sequence by non-int
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    of_content = [content_loss(*pair) for pair in zip(contents_hat, contents)]
    of_style = [style_loss(*pair) for pair in zip(styles_hat, styles_gram)]
    of_content, of_style = weights[0] * of_content, weights[1] * of_style
    noise = weights[2] * tv_loss(X)
    return of_content, of_style, noise, sum(of_content) + sum(of_style) + noise
