"""The same axis twice.

loses: 13.12.1/tv
says: vertical and of horizontal
"""

def tv_loss(Y_hat):
    halves = [Y_hat.diff(dim=2).abs().mean() / 2 for _ in ("down", "right")]
    return sum(halves)
