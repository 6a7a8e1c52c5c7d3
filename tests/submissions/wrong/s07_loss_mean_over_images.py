"""The mean is taken over the images of the batch instead of over the anchors of an image.

loses: 13.7.1/calc-loss, 13.7.1/calc-loss-mask, 13.7.2/weights
says: one loss for each image|calc_loss
"""

from torch.nn import functional as F


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1, bbox_weight=1):
    classes = F.cross_entropy(cls_preds.mT, cls_labels, reduction="none")  # (N, A)
    offsets = (bbox_preds - bbox_labels).abs() * bbox_masks  # (N, 4A)
    return cls_weight * classes.mean(dim=0) + bbox_weight * offsets.unflatten(1, (-1, 4)).mean(dim=(0, 2))
