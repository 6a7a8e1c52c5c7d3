"""The losses write their result into the predictions they were given.

loses: 13.7.1/inputs
says: changed its input in place
"""

import torch


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    pred.requires_grad_(False)
    pred -= target
    d = pred.abs()
    out = torch.where(d < 1 / sigma**2, (sigma * d) ** 2 / 2, d - 0.5 / sigma**2)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
