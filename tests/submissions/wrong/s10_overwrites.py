"""Overlapping copies of the kernel overwrite each other instead of adding up.

loses: 13.10.1/trans-conv
says: trans_conv
"""

import torch


def trans_conv(X, K):
    rows, columns = K.shape
    canvas = torch.zeros(len(X) + rows - 1, X.shape[1] + columns - 1, dtype=X.dtype)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            canvas[y : y + rows, x : x + columns] = value * K
    return canvas
