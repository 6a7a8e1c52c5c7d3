"""13.10 Transposed convolution.

Single-channel images and kernels, stride 1, no padding. The convolution of deep learning is a
cross-correlation: the kernel is not flipped.
"""

import itertools

import torch
from torch import Tensor


def corr2d(X: Tensor, K: Tensor) -> Tensor:
    """13.10.1 Two-dimensional cross-correlation: every output element gathers a window of the input.

    X: (h, w) with h ≥ kh and w ≥ kw; K: (kh, kw); both of the same dtype, floating or integer
    returns: (h - kh + 1, w - kw + 1) of that dtype; element [i, j] is the sum of K times the window of X
        that begins at [i, j]
    Source: Dive into Deep Learning, "Convolutions for Images"
    """
    kh, kw = K.shape
    windows = X.unfold(0, kh, 1).unfold(1, kw, 1)  # (h - kh + 1, w - kw + 1, kh, kw)
    return torch.einsum("ijab,ab->ij", windows, K)


def trans_conv(X: Tensor, K: Tensor) -> Tensor:
    """13.10.1 Transposed convolution: every input element spreads the kernel over a window of the output.

    X: (h, w), K: (kh, kw); both of the same dtype, floating or integer
    returns: (h + kh - 1, w + kw - 1) of that dtype; the window beginning at [i, j] receives X[i, j] times K,
        and where windows overlap their values add up

    X and K are not changed.
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4
    """
    (h, w), (kh, kw) = X.shape, K.shape
    copies = X[:, :, None, None] * K  # (h, w, kh, kw): for each input element, the kernel times it
    Y = X.new_zeros(h + kh - 1, w + kw - 1)
    for i, j in itertools.product(range(h), range(w)):
        Y[i : i + kh, j : j + kw] += copies[i, j]
    return Y


def kernel2matrix(K: Tensor, shape: tuple[int, int]) -> Tensor:
    """13.10.2 The matrix W for which W @ x is the cross-correlation of an image with K.

    K: (kh, kw); shape: (h, w) of the image
    returns: ((h - kh + 1) * (w - kw + 1), h * w); one row per output element, one column per input element

    x is the image read row by row (`X.reshape(-1)`), and W @ x is the output read row by row too.
    """
    (h, w), (kh, kw) = shape, K.shape
    W = K.new_zeros(h - kh + 1, w - kw + 1, h, w)  # output row, output column, input row, input column
    for i in range(h - kh + 1):
        for j in range(w - kw + 1):
            W[i, j, i : i + kh, j : j + kw] = K
    return W.flatten(2).flatten(0, 1)  # (outputs, inputs)


def conv_by_matmul(X: Tensor, K: Tensor) -> Tensor:
    """13.10.2 `corr2d` as one product of a matrix and a vector.

    X: (h, w), K: (kh, kw)
    returns: (h - kh + 1, w - kw + 1)
    """
    (h, w), (kh, kw) = X.shape, K.shape
    W = kernel2matrix(K, (h, w))
    return (W @ X.reshape(-1)).reshape(h - kh + 1, w - kw + 1)


def trans_conv_by_matmul(X: Tensor, K: Tensor) -> Tensor:
    """13.10.2 `trans_conv` as one product of a transposed matrix and a vector.

    X: (h, w), K: (kh, kw)
    returns: (h + kh - 1, w + kw - 1)

    Choose W as the matrix of the convolution that goes the other way: from the larger image to X's shape.
    """
    h, w = X.shape[0] + K.shape[0] - 1, X.shape[1] + K.shape[1] - 1
    W = kernel2matrix(K, (h, w))
    return (W.T @ X.reshape(-1)).reshape(h, w)


answer_13_10_1 = """
The shapes are equal: convolution with a kernel of kh×kw takes (h, w) to (h-kh+1, w-kw+1), and the
transposed convolution adds kh-1 and kw-1 again. The values are in general different. Written as matrices,
the convolution is y = W x and the transposed convolution is z = Wᵀ y, so z = WᵀW x. That gives x back only
if WᵀW is the identity, but W has fewer rows than columns: information is lost, and the transpose (the
adjoint) is not the inverse. Hence a transposed convolution restores the shape only; which values it
produces depends on its kernel and can be learned.

形状相同：卷积把 (h, w) 变成 (h-kh+1, w-kw+1)，转置卷积再把 kh-1 和 kw-1 加回来。数值一般不相同。写成矩阵，
卷积是 y = Wx，转置卷积是 z = Wᵀy，因此 z = WᵀWx；只有 WᵀW 是单位矩阵时才能还原 x。而 W 的行数少于列数，信息
已经丢失，转置（伴随）不等于逆。所以转置卷积只恢复形状，得到什么数值由它的卷积核决定，可以通过学习得到。
Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), chapter 4.
"""

answer_13_10_2 = """
With the explicit matrix W it is not efficient. W has (outputs)×(inputs) entries, but only kh·kw in each row
are not zero: for a 256×256 image and a 3×3 kernel the dense matrix would hold more than four billion
numbers, nine in each row used. Nearly all of the memory and of the multiplications are spent on zeros,
while the direct sum needs kh·kw multiplications per output and shares the same few weights. Matrix
multiplication is nevertheless how many libraries do it, in another arrangement: im2col copies the windows
of the image into the columns of a small dense matrix and multiplies it by the kernels of all channels. This
dense product (GEMM) does no work on zeros and is highly optimised for caches and GPUs; the price is the
copied windows, each pixel up to kh·kw times, which implicit GEMM avoids.

用显式的矩阵 W 并不高效。W 有“输出数×输入数”个元素，但每行只有 kh·kw 个非零：256×256 的图像配 3×3 的卷积核，
稠密矩阵要存四十多亿个数，每行却只用到九个。绝大部分内存和乘法都浪费在零上，而直接计算每个输出只需 kh·kw 次
乘法，并且共享同一组权重。尽管如此，许多库仍用矩阵乘法实现卷积，只是换了排布：im2col 把图像的各个窗口复制成
一个小的稠密矩阵的列，再与所有通道的卷积核相乘。这种稠密乘法（GEMM）没有浪费在零上的计算，而且针对缓存和 GPU
高度优化；代价是每个像素最多被复制 kh·kw 次，隐式 GEMM 可以避免。
Source: Chellapilla, Puri and Simard, High Performance Convolutional Neural Networks for Document Processing
(2006); Chetlur et al., cuDNN: Efficient Primitives for Deep Learning (2014).
"""
