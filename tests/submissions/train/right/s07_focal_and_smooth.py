"""Focal loss and smooth L1 instead of cross entropy and L1."""

import torch
from torch.nn import functional as F


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1.0, bbox_weight=1.0):
    log_p = F.log_softmax(cls_preds, -1).gather(2, cls_labels[..., None])[..., 0]
    cls = (-((1 - log_p.exp()) ** 2) * log_p).mean(1)
    bbox = F.smooth_l1_loss(bbox_preds * bbox_masks, bbox_labels * bbox_masks, reduction="none").mean(1)
    return cls_weight * cls + bbox_weight * bbox
