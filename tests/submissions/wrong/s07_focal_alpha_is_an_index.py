"""α chooses a class instead of scaling the loss.

loses: 13.7.1/focal, 13.7.1/focal-finite, 13.7.1/focal-gradient
says: focal_loss: element|IndexError|focal_loss with
"""

import torch


def focal_loss(logits, target, alpha=1.0, gamma=2.0, reduction="mean"):
    log_p = torch.log_softmax(logits, dim=1)[:, int(alpha)]
    out = -((1 - log_p.exp()) ** gamma) * log_p
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    return out if reduction == "none" else getattr(out, reduction)()
