"""Ada has finished these sections."""
import numpy as np
import torch


def corr2d(X, K):
    x, k = X.numpy(), K.numpy()
    windows = np.lib.stride_tricks.sliding_window_view(x, k.shape)
    return torch.from_numpy(np.einsum("ijab,ab->ij", windows, k))


def trans_conv(X, K):
    x, k = X.numpy(), K.numpy()
    full = np.pad(x, [(k.shape[0] - 1,) * 2, (k.shape[1] - 1,) * 2])
    windows = np.lib.stride_tricks.sliding_window_view(full, k.shape)
    return torch.as_tensor((windows * k[::-1, ::-1]).sum((-1, -2)), dtype=X.dtype)


def kernel2matrix(K, shape):
    h, w = shape
    kh, kw = K.shape
    oh, ow = h - kh + 1, w - kw + 1
    W = np.zeros((oh * ow, h * w))
    k = K.numpy()
    for row in range(oh * ow):
        i, j = divmod(row, ow)
        for a in range(kh):
            for b in range(kw):
                W[row, (i + a) * w + j + b] = k[a, b]
    return torch.tensor(W)


def conv_by_matmul(X, K):
    W = kernel2matrix(K, tuple(X.shape)).numpy()
    y = W.dot(X.numpy().ravel())
    return torch.from_numpy(y.reshape(X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1))


def trans_conv_by_matmul(X, K):
    h, w = X.shape[0] + K.shape[0] - 1, X.shape[1] + K.shape[1] - 1
    W = kernel2matrix(K, (h, w)).numpy()
    return torch.from_numpy((X.numpy().ravel() @ W).reshape(h, w))
