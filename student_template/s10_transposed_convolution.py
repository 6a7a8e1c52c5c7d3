"""13.10 Transposed convolution.

Single-channel images and kernels, stride 1, no padding. The convolution of deep learning is a
cross-correlation: the kernel is not flipped.
"""

import torch
from torch import Tensor


def corr2d(X: Tensor, K: Tensor) -> Tensor:
    """13.10.1 Two-dimensional cross-correlation: every output element gathers a window of the input.

    X: (h, w) with h ≥ kh and w ≥ kw; K: (kh, kw); both of the same dtype, floating or integer
    returns: (h - kh + 1, w - kw + 1) of that dtype; element [i, j] is the sum of K times the window of X
        that begins at [i, j]
    Source: Dive into Deep Learning, "Convolutions for Images"
    """
    raise NotImplementedError


def trans_conv(X: Tensor, K: Tensor) -> Tensor:
    """13.10.1 Transposed convolution: every input element spreads the kernel over a window of the output.

    X: (h, w), K: (kh, kw); both of the same dtype, floating or integer
    returns: (h + kh - 1, w + kw - 1) of that dtype; the window beginning at [i, j] receives X[i, j] times K,
        and where windows overlap their values add up

    X and K are not changed.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4
    """
    raise NotImplementedError


def kernel2matrix(K: Tensor, shape: tuple[int, int]) -> Tensor:
    """13.10.2 The matrix W for which W @ x is the cross-correlation of an image with K.

    K: (kh, kw); shape: (h, w) of the image
    returns: ((h - kh + 1) * (w - kw + 1), h * w); one row per output element, one column per input element

    x is the image read row by row (`X.reshape(-1)`), and W @ x is the output read row by row too.
    """
    raise NotImplementedError


def conv_by_matmul(X: Tensor, K: Tensor) -> Tensor:
    """13.10.2 `corr2d` as one product of a matrix and a vector.

    X: (h, w), K: (kh, kw)
    returns: (h - kh + 1, w - kw + 1)
    """
    raise NotImplementedError


def trans_conv_by_matmul(X: Tensor, K: Tensor) -> Tensor:
    """13.10.2 `trans_conv` as one product of a transposed matrix and a vector.

    X: (h, w), K: (kh, kw)
    returns: (h + kh - 1, w + kw - 1)

    Choose W as the matrix of the convolution that goes the other way: from the larger image to X's shape.
    """
    raise NotImplementedError


answer_13_10_1 = """
"""


answer_13_10_2 = """
"""
