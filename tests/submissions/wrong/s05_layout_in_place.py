"""The caller's predictions are clamped in place.

loses: 13.5.3/inputs
says: flatten_pred changed its input
"""

import torch


def flatten_pred(pred):
    laid_out = pred.movedim(1, -1).reshape(len(pred), -1).clone()
    with torch.no_grad():
        pred.sub_(pred.mean() + 1)
    return laid_out
