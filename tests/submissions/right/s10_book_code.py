"""Along the book: its own loops, with the dtype mended, and the matrix by sliding one padded row."""
import torch


def corr2d(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1), dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


def trans_conv(X, K):
    h, w = K.shape
    Y = torch.zeros((X.shape[0] + h - 1, X.shape[1] + w - 1), dtype=X.dtype)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i: i + h, j: j + w] += X[i, j] * K
    return Y


def kernel2matrix(K, shape):
    H, W_ = shape
    h, w = K.shape
    # one row of kernel values with the gaps in between, as k in the book
    k = torch.zeros((h - 1) * W_ + w)
    for a in range(h):
        k[a * W_:a * W_ + w] = K[a]
    out_h, out_w = H - h + 1, W_ - w + 1
    W = torch.zeros((out_h * out_w, H * W_))
    for i in range(out_h):
        for j in range(out_w):
            start = i * W_ + j
            W[i * out_w + j, start:start + len(k)] = k
    return W


def conv_by_matmul(X, K):
    W = kernel2matrix(K, X.shape)
    out = (X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)
    return torch.matmul(W, X.reshape(-1)).reshape(out)


def trans_conv_by_matmul(Y, K):
    shape = (Y.shape[0] + K.shape[0] - 1, Y.shape[1] + K.shape[1] - 1)
    W = kernel2matrix(K, shape)
    return torch.matmul(W.T, Y.reshape(-1)).reshape(shape)
