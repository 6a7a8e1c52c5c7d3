"""Heights and widths are mixed up: right for squares only.

loses: 13.10.1/any-shape
says: \(h \+ kh - 1, w \+ kw - 1\)|size
"""
import torch


def trans_conv(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[1] + w - 1, X.shape[0] + h - 1), dtype=X.dtype)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i: i + h, j: j + w] += X[i, j] * K
    return Y
