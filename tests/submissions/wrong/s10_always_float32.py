"""The book's own loops: whatever comes in, float32 goes out.

loses: 13.10.1/dtype
says: float64 inputs has dtype torch.float32
"""
import torch


def trans_conv(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] + h - 1, X.shape[1] + w - 1))
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i: i + h, j: j + w] += X[i, j] * K
    return Y
