"""The same axis twice.

loses: 13.12.1/tv
says: vertical and of horizontal
"""


def tv_loss(Y_hat):
    down = (Y_hat[:, :, 1:, :] - Y_hat[:, :, :-1, :]).abs().mean()
    return 0.5 * (down + down)
