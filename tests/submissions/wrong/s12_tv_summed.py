"""The sum of all differences instead of the means.

loses: 13.12.1/tv
says: convention differs: sums instead of means
"""


def tv_loss(Y_hat):
    down = (Y_hat[:, :, 1:, :] - Y_hat[:, :, :-1, :]).abs().sum()
    right = (Y_hat[:, :, :, 1:] - Y_hat[:, :, :, :-1]).abs().sum()
    return down + right
