"""The shape is accepted and ignored.

loses: 13.10.2/any-shape
says: one row per output element|shape|out of bounds
"""
import torch


def kernel2matrix(K, shape):
    W = torch.zeros((4, 9))
    for i in range(2):
        for j in range(2):
            for a in range(K.shape[0]):
                for b in range(K.shape[1]):
                    column = (i + a) * 3 + j + b
                    if column < 9:
                        W[i * 2 + j, column] = K[a, b]
    return W
