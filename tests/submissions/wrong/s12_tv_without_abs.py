"""Differences without absolute value cancel.

loses: 13.12.1/tv
says: absolute differences
"""


def tv_loss(Y_hat):
    down = (Y_hat[:, :, 1:, :] - Y_hat[:, :, :-1, :]).mean()
    right = (Y_hat[:, :, :, 1:] - Y_hat[:, :, :, :-1]).mean()
    return 0.5 * (down + right)
