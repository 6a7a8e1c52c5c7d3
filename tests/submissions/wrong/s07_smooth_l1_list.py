"""The losses are collected in a list and copied into a new tensor: no gradient.

loses: 13.7.1/smooth-l1-gradient
says: no gradient reaches pred
"""

import torch


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    bend = 1 / sigma**2
    distances = (pred - target).abs().flatten()
    losses = torch.tensor([d - bend / 2 if d > bend else d * d / (2 * bend) for d in distances]).view_as(pred)
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(reduction)
    return losses.mean() if reduction == "mean" else losses.sum()
