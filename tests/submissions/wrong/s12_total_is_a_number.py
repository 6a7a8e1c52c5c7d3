"""The total is a Python number: nothing to differentiate.

loses: 13.12.2/gradient
says: the total is float
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights):
    contents_l = [content_loss(Y_hat, Y) * weights[0] for Y_hat, Y in zip(contents_Y_hat, contents_Y)]
    styles_l = [style_loss(Y_hat, Y) * weights[1] for Y_hat, Y in zip(styles_Y_hat, styles_Y_gram)]
    tv_l = tv_loss(X) * weights[2]
    return contents_l, styles_l, tv_l, sum(contents_l + styles_l + [tv_l]).item()
