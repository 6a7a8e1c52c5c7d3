"""The channel means are subtracted, which gives a covariance matrix.

loses: 13.12.1/gram
says: mean of each channel was subtracted
"""


def gram(X):
    X = X.reshape(X.shape[1], -1)
    X = X - X.mean(dim=1, keepdim=True)
    return X @ X.T / X.numel()
