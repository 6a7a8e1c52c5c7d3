"""The Gram matrix is taken over the wrong axis: between pixels instead of channels.

loses: 13.12.1/gram
says: one row and one column per channel
"""


def gram(X):
    channels, n = X.shape[1], X.numel() // X.shape[1]
    X = X.reshape((channels, n))
    return X.T @ X / (channels * n)
