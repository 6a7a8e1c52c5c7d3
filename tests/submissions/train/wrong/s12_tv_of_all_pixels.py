"""The total variation is a sum: everything becomes plain.

loses: 13.12.1/trained
says: content|style
"""

def tv_loss(Y_hat):
    down, right = Y_hat[:, :, 1:] - Y_hat[:, :, :-1], Y_hat[..., 1:] - Y_hat[..., :-1]
    return 0.5 * (down.abs().sum() + right.abs().sum())
