"""Heights and widths are mixed up: right for squares only.

loses: 13.10.1/any-shape
says: \(h \+ kh - 1, w \+ kw - 1\)|size
"""

import torch


def trans_conv(X, K):
    rows, columns = K.shape
    canvas = torch.zeros(X.shape[1] + columns - 1, len(X) + rows - 1, dtype=X.dtype)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            canvas[y : y + rows, x : x + columns] += value * K
    return canvas
