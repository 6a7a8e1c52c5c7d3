"""Everything is detached.

loses: 13.12.1/detach
says: no gradient flows into Y_hat
"""


def content_loss(Y_hat, Y):
    return ((Y_hat.detach() - Y.detach()) ** 2).mean()
