"""Rows of the output are counted with the image's width instead of the output's: rows overwrite each other.

loses: 13.10.2/matrix, 13.10.2/any-shape
says: kernel2matrix|out of bounds
"""
import torch


def kernel2matrix(K, shape):
    h, w = shape
    kh, kw = K.shape
    oh, ow = h - kh + 1, w - kw + 1
    W = torch.zeros(oh * ow, h * w)
    for i in range(oh):
        for j in range(ow):
            for a in range(kh):
                W[i * kw + j, (i + a) * kw + j:(i + a) * kw + j + kw] = K[a]
    return W
