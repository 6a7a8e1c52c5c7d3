"""The total leaves the total variation out.

loses: 13.12.2/trained
says: noise
"""

import solution


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    c, s, t = weights
    contents_l = [c * solution.content_loss(a, b) for a, b in zip(contents_hat, contents)]
    styles_l = [s * solution.style_loss(a, b) for a, b in zip(styles_hat, styles_gram)]
    tv_l = t * solution.tv_loss(X)
    return contents_l, styles_l, tv_l, sum([*contents_l, *styles_l])
