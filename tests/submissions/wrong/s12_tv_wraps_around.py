"""torch.roll compares the last row and column with the first.

loses: 13.12.1/tv
says: wraps around
"""


def tv_loss(Y_hat):
    return 0.5 * ((Y_hat - Y_hat.roll(1, 2)).abs().mean() + (Y_hat - Y_hat.roll(1, 3)).abs().mean())
