"""The target of the style loss isn't detached.

loses: 13.12.1/gradients
says: style_loss: a gradient flows into the target
"""

import torch
from solution import gram


def style_loss(Y_hat, gram_Y):
    return torch.square(gram(Y_hat) - gram_Y).mean()
