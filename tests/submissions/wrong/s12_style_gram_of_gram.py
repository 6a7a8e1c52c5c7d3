"""The Gram matrix of the target is taken once more.

loses: 13.12.1/style-loss
says: only the first one goes through|style_loss is the mean
"""

import torch
from solution import gram


def style_loss(Y_hat, gram_Y):
    return torch.square(gram(Y_hat) - gram(gram_Y[None, :, :, None].detach())).mean()
