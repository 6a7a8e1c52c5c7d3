"""The lists are multiplied by the weights instead of the values in them: an error for 0.5, repetition for 2.

loses: 13.12.2/parts, 13.12.2/total, 13.12.2/linear, 13.12.2/gradient, 13.12.2/inputs
says: can't multiply sequence by non-int
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights):
    contents_l = [content_loss(Y_hat, Y) for Y_hat, Y in zip(contents_Y_hat, contents_Y)]
    styles_l = [style_loss(Y_hat, Y) for Y_hat, Y in zip(styles_Y_hat, styles_Y_gram)]
    tv_l = tv_loss(X) * weights[2]
    contents_l, styles_l = contents_l * weights[0], styles_l * weights[1]
    return contents_l, styles_l, tv_l, sum(contents_l + styles_l + [tv_l])
