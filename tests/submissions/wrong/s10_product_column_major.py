"""The image is read column by column, although the matrix expects rows.

loses: 13.10.2/conv-by-matmul
says: conv_by_matmul
"""
from solution import kernel2matrix


def conv_by_matmul(X, K):
    W = kernel2matrix(K, X.shape)
    out = (X.shape[0] - K.shape[0] + 1, X.shape[1] - K.shape[1] + 1)
    return (W @ X.T.reshape(-1)).reshape(out)
