"""The given lists are emptied.

loses: 13.12.2/inputs
says: compute_loss changes .* in place
"""

from solution import content_loss, style_loss, tv_loss


def compute_loss(X, contents_Y_hat, styles_Y_hat, contents_Y, styles_Y_gram, weights):
    contents_l, styles_l = [], []
    while contents_Y_hat:
        contents_l.append(content_loss(contents_Y_hat.pop(0), contents_Y.pop(0)) * weights[0])
    while styles_Y_hat:
        styles_l.append(style_loss(styles_Y_hat.pop(0), styles_Y_gram.pop(0)) * weights[1])
    tv_l = tv_loss(X) * weights[2]
    return contents_l, styles_l, tv_l, sum(contents_l + styles_l + [tv_l])
