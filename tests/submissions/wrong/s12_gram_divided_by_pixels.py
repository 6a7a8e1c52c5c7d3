"""The Gram matrix is divided by the number of pixels only.

loses: 13.12.1/gram
says: convention differs: divided by the number of pixels
"""


def gram(X):
    X = X.reshape(X.shape[1], -1)
    return X @ X.T / X.shape[1]
