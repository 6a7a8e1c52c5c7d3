"""corr2d flips the kernel.

loses: 13.10.1/corr2d
says: corr2d
"""

def corr2d(X, K):
    windows = X.unfold(0, len(K), 1).unfold(1, K.shape[1], 1)
    return (windows * K.rot90(2)).sum(dim=(2, 3), dtype=X.dtype)
