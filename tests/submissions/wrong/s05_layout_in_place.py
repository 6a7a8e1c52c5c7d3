"""The caller's predictions are clamped in place.

loses: 13.5.3/inputs
says: flatten_pred changed its input
"""
import torch


def flatten_pred(pred):
    out = torch.flatten(pred.permute(0, 2, 3, 1), start_dim=1).clone()
    with torch.no_grad():
        pred.sub_(pred.mean() + 1)
    return out
