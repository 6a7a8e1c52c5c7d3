"""The channels are moved last, and the reshape then mixes them with the pixels.

loses: 13.12.1/gram
says: Channels and pixels are mixed up
"""


def gram(X):
    channels, n = X.shape[1], X.numel() // X.shape[1]
    X = X.permute(0, 2, 3, 1).reshape((channels, n))
    return X @ X.T / (channels * n)
