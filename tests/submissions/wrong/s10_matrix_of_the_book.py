"""As in the book, the kernel is the only argument: one shape of image only.

loses: 13.10.2/any-shape
says: takes 1 positional argument
"""

import torch


def kernel2matrix(K):
    W = torch.zeros(4, 9)
    for row, first in zip(W, (0, 1, 3, 4)):
        row[first : first + 2] = K[0]
        row[first + 3 : first + 5] = K[1]
    return W
