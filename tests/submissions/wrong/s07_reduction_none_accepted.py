"""A misspelt reduction such as "None" falls through and is silently taken for "none".

loses: 13.7.1/unknown-reduction
says: silently accepted
"""

import torch
import torch.nn.functional as F


def smooth_l1(pred, target, sigma=1.0, reduction="mean"):
    out = F.smooth_l1_loss(pred, target, beta=1 / sigma**2, reduction="none")
    if reduction == "mean":
        return out.mean()
    if reduction == "sum":
        return out.sum()
    return out


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    ce = F.cross_entropy(logits, target, reduction="none")
    out = alpha * (1 - torch.exp(-ce)) ** gamma * ce
    return {"mean": out.mean(), "sum": out.sum()}.get(reduction, out)
