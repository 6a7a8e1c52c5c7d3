"""corr2d flips the kernel.

loses: 13.10.1/corr2d
says: corr2d
"""
import torch


def corr2d(X, K):
    K = K.flip(0).flip(1)
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1), dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y
