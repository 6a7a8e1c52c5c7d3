"""The kernel is turned by 180 degrees, as a mathematician's convolution would.

loses: 13.10.1/trans-conv
says: trans_conv
"""
import torch


def trans_conv(X, K):
    K = torch.flip(K, (0, 1))
    h, w = K.shape
    Y = torch.zeros((X.shape[0] + h - 1, X.shape[1] + w - 1), dtype=X.dtype)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i: i + h, j: j + w] += X[i, j] * K
    return Y
