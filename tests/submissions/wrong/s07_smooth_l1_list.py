"""The losses are collected in a list and copied into a new tensor: no gradient.

loses: 13.7.1/smooth-l1-gradient
says: no gradient reaches pred
"""

import torch


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    out = []
    for x in (pred - target).reshape(-1):
        if abs(x) < 1 / sigma**2:
            out.append(((sigma * x) ** 2) / 2)
        else:
            out.append(abs(x) - 0.5 / sigma**2)
    out = torch.tensor(out).reshape(pred.shape)
    if reduction == "none":
        return out
    if reduction == "mean":
        return out.mean()
    if reduction == "sum":
        return out.sum()
    raise ValueError(reduction)
