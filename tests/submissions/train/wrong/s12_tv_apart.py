"""The total variation does not reach the picture.

loses: 13.12.1/trained
says: noise
"""

def tv_loss(Y_hat):
    X = Y_hat.data
    return 0.5 * ((X[:, :, 1:] - X[:, :, :-1]).abs().mean() + (X[..., 1:] - X[..., :-1]).abs().mean())
