"""Loops over the kernel instead of the image; diagonals from Toeplitz blocks; names from older texts."""
import torch


def corr2d(X, K):
    kh, kw = K.shape
    oh, ow = X.shape[0] - kh + 1, X.shape[1] - kw + 1
    return sum(K[a, b] * X[a:a + oh, b:b + ow] for a in range(kh) for b in range(kw))


def transposed_conv(X, K):
    kh, kw = K.shape
    h, w = X.shape
    Y = torch.zeros(h + kh - 1, w + kw - 1).to(X)
    for a in range(kh):
        for b in range(kw):
            Y[a:a + h, b:b + w] += K[a, b] * X
    return Y


def kernel_to_matrix(K, shape=(3, 3)):
    h, w = shape
    kh, kw = K.shape
    result = torch.zeros((h - kh + 1) * (w - kw + 1), h * w, dtype=K.dtype)
    for a in range(kh):
        vertical = torch.eye(h)[a:a + h - kh + 1]  # (oh, h): picks row i + a
        for b in range(kw):
            horizontal = torch.eye(w)[b:b + w - kw + 1]
            result += K[a, b] * torch.kron(vertical, horizontal)
    return result


def conv_by_matmul(X, K):
    W = kernel_to_matrix(K, X.shape)
    return W.mv(X.flatten()).view(X.size(0) - K.size(0) + 1, X.size(1) - K.size(1) + 1)


def trans_conv_by_matmul(X, K):
    big = torch.Size([X.size(0) + K.size(0) - 1, X.size(1) + K.size(1) - 1])
    return torch.einsum("oi,o->i", kernel_to_matrix(K, big), X.flatten()).view(big)
