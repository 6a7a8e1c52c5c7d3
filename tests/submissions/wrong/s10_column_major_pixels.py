"""The output is read row by row, the image column by column.

loses: 13.10.2/matrix, 13.10.2/any-shape
says: kernel2matrix: element
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
                for b in range(kw):
                    W[i * ow + j, (j + b) * h + i + a] = K[a, b]
    return W
