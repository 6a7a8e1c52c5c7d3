"""The kernel's first element is multiplied into the caller's image.

loses: 13.10.1/inputs
says: changed argument 1 in place
"""
import torch


def trans_conv(X, K):
    kh, kw = K.shape
    h, w = X.shape
    Y = torch.zeros(h + kh - 1, w + kw - 1).to(X)
    for a in range(kh):
        for b in range(kw):
            Y[a:a + h, b:b + w] += K[a, b] * X
    X.zero_()
    return Y
