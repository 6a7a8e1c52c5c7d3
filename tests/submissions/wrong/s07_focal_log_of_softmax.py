"""The logarithm of a probability that has underflowed to 0.

loses: 13.7.1/focal-finite
says: infinite or NaN for a confident wrong score
"""

import torch


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    p = torch.softmax(logits, dim=1)[range(len(target)), target]
    out = -alpha * (1 - p) ** gamma * torch.log(p)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
