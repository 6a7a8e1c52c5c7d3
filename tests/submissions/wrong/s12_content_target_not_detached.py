"""The target of the content loss isn't detached.

loses: 13.12.1/gradients
says: content_loss: a gradient flows into the target
"""

import torch


def content_loss(Y_hat, Y):
    return torch.square(Y_hat - Y).mean()
