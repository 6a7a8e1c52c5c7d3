"""The Gram matrix isn't divided by anything.

loses: 13.12.1/gram
says: convention differs: not divided by c·n
"""


def gram(X):
    X = X.reshape(X.shape[1], -1)
    return X @ X.T
