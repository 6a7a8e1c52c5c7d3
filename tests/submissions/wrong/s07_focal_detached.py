"""The focusing factor is detached, and the gradient is that of another loss.

loses: 13.7.1/focal-gradient
says: gradient of logits
"""

import torch
import torch.nn.functional as F


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    ce = F.cross_entropy(logits, target, reduction="none")
    out = alpha * (1 - torch.exp(-ce.detach())) ** gamma * ce
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
