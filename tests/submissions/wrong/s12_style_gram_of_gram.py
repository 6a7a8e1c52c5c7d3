"""The Gram matrix of the target is taken once more.

loses: 13.12.1/style-loss
says: only the first one goes through|style_loss is the mean
"""

from solution import gram
from torch.nn import functional as F


def style_loss(Y_hat, gram_Y):
    as_features = gram_Y.detach()[None, ..., None]
    return F.mse_loss(gram(Y_hat), gram(as_features))
