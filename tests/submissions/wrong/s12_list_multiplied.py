"""The list of style losses is multiplied, so that they are counted ten times in the total.

loses: 13.12.2/total
says: 10 \\* styles_l` repeats the list
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights):
    content_weight, style_weight, tv_weight = weights
    contents_l = [content_loss(Y_hat, Y) * content_weight for Y_hat, Y in zip(contents_Y_hat, contents_Y)]
    styles_l = [style_loss(Y_hat, Y) * style_weight for Y_hat, Y in zip(styles_Y_hat, styles_Y_gram)]
    tv_l = tv_loss(X) * tv_weight
    l = sum(10 * styles_l + contents_l + [tv_l])
    return contents_l, styles_l, tv_l, l
