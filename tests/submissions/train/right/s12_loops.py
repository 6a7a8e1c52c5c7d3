"""The total is added up in loops."""

import solution


def compute_loss(X, contents_hat, styles_hat, contents, styles_gram, weights):
    contents_l, styles_l = [], []
    for k in range(len(contents)):
        contents_l.append(solution.content_loss(contents_hat[k], contents[k]) * weights[0])
    for k in range(len(styles_gram)):
        styles_l.append(solution.style_loss(styles_hat[k], styles_gram[k]) * weights[1])
    tv_l = solution.tv_loss(X) * weights[2]
    total = tv_l
    for part in contents_l + styles_l:
        total = total + part
    return contents_l, styles_l, tv_l, total
