"""Absolute differences instead of squares.

loses: 13.12.1/content-loss
says: mean of the squared differences
"""


def content_loss(Y_hat, Y):
    return (Y_hat - Y.detach()).abs().mean()
