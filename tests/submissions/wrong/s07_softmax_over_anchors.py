"""The softmax goes over the anchors instead of the classes.

A training does not show it: where every picture has one object, the anchors may well compete.

loses: 13.7.1/calc-loss, 13.7.2/weights
says: class
"""

import torch
from torch.nn import functional as F


def calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, cls_weight=1.0, bbox_weight=1.0):
    log_p = F.log_softmax(cls_preds, 1).gather(2, cls_labels[..., None])[..., 0]
    cls = -log_p.mean(1)
    bbox = ((bbox_preds - bbox_labels).abs() * bbox_masks).mean(1)
    return cls + bbox
