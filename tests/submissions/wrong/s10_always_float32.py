"""A canvas without a dtype: whatever comes in, float32 goes out.

loses: 13.10.1/dtype
says: float64 inputs has dtype torch.float32
"""

import torch


def trans_conv(X, K):
    rows, columns = K.shape
    canvas = torch.zeros(len(X) + rows - 1, X.shape[1] + columns - 1)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            canvas[y : y + rows, x : x + columns] += value * K
    return canvas
