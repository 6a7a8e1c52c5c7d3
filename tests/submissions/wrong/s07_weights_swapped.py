"""cls_weight multiplies the box part and bbox_weight the class part.

loses: 13.7.2/weights
says: cls_weight|bbox_weight
"""

from torch.nn import functional as F


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    classes = F.cross_entropy(cls_preds.mT, cls_labels, reduction="none")  # (N, A)
    offsets = (bbox_preds - bbox_labels).abs() * bbox_masks  # (N, 4A)
    return bbox_weight * classes.mean(dim=1) + cls_weight * offsets.mean(dim=1)
