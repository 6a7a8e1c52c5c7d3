"""Images are read column by column throughout: right by another convention than the book's.

loses: 13.10.2/matrix, 13.10.2/any-shape
says: convention differs: images are read column by column
"""
import torch


def kernel2matrix(K, shape):
    h, w = shape
    kh, kw = K.shape
    oh, ow = h - kh + 1, w - kw + 1
    W = torch.zeros(oh * ow, h * w)
    for j in range(ow):
        for i in range(oh):
            window = torch.zeros(h, w)
            window[i:i + kh, j:j + kw] = K
            W[j * oh + i] = window.T.reshape(-1)
    return W


def conv_by_matmul(X, K):
    y = kernel2matrix(K, X.shape) @ X.T.reshape(-1)
    return y.reshape(X.shape[1] - K.shape[1] + 1, X.shape[0] - K.shape[0] + 1).T


def trans_conv_by_matmul(X, K):
    h, w = X.shape[0] + K.shape[0] - 1, X.shape[1] + K.shape[1] - 1
    x = kernel2matrix(K, (h, w)).T @ X.T.reshape(-1)
    return x.reshape(w, h).T
