"""The box part is averaged over the whole batch, so that images influence one another.

loses: 13.7.1/calc-loss
says: box part of calc_loss|against that image alone
"""

from torch.nn import functional as F


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    classes = F.cross_entropy(cls_preds.mT, cls_labels, reduction="none")  # (N, A)
    offsets = (bbox_preds - bbox_labels).abs() * bbox_masks  # (N, 4A)
    return cls_weight * classes.mean(dim=1) + bbox_weight * offsets.mean()
