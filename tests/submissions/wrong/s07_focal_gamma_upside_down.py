"""p^γ instead of (1 − p)^γ: the easy examples count most.

loses: 13.7.1/focal, 13.7.1/focal-finite, 13.7.1/focal-gradient
says: focal_loss|larger γ
"""

import torch
import torch.nn.functional as F


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    ce = F.cross_entropy(logits, target, reduction="none")
    out = alpha * torch.exp(-ce) ** gamma * ce
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
