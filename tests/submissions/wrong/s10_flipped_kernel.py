"""The kernel is turned by 180 degrees, as a mathematician's convolution would.

loses: 13.10.1/trans-conv
says: trans_conv
"""

import torch


def trans_conv(X, K):
    K = K.rot90(2)
    rows, columns = K.shape
    canvas = torch.zeros(len(X) + rows - 1, X.shape[1] + columns - 1, dtype=X.dtype)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            canvas[y : y + rows, x : x + columns] += value * K
    return canvas
