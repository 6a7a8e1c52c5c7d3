"""The weights of content and style are exchanged.

loses: 13.12.2/parts
says: the (content|style) part.*The weights are .content, style, tv
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights):
    style_weight, content_weight, tv_weight = weights
    contents_l = [content_loss(Y_hat, Y) * content_weight for Y_hat, Y in zip(contents_Y_hat, contents_Y)]
    styles_l = [style_loss(Y_hat, Y) * style_weight for Y_hat, Y in zip(styles_Y_hat, styles_Y_gram)]
    tv_l = tv_loss(X) * tv_weight
    return contents_l, styles_l, tv_l, sum(contents_l + styles_l + [tv_l])
