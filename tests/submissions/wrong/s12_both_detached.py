"""Everything is detached.

loses: 13.12.1/gradients
says: content_loss: no gradient flows to the generated image
"""


def content_loss(Y_hat, Y):
    return ((Y_hat.detach() - Y.detach()) ** 2).mean()
