"""The pieces meet at 1/σ instead of 1/σ²: the loss jumps there.

loses: 13.7.1/smooth-l1, 13.7.1/smooth-l1-gradient
says: jumps by
"""

import torch


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    d = (pred - target).abs()
    out = torch.where(d < 1 / sigma, (sigma * d) ** 2 / 2, d - 0.5 / sigma**2)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
