"""Every loss counts as it is.

loses: 13.12.2/trained
says: content|style|noise
"""

import solution


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    contents_l = [1 * solution.content_loss(a, b) for a, b in zip(contents_hat, contents)]
    styles_l = [1 * solution.style_loss(a, b) for a, b in zip(styles_hat, styles_gram)]
    tv_l = 1 * solution.tv_loss(X)
    return contents_l, styles_l, tv_l, sum([*contents_l, *styles_l, tv_l])
