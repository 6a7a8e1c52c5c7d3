"""Absolute differences instead of squares.

loses: 13.12.1/content-loss
says: content_loss
"""


def content_loss(Y_hat, Y):
    return (Y_hat - Y.detach()).abs().mean()
