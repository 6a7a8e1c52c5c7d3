"""Boxes that have been removed still remove others.

loses: 13.4.3/nms
says: kept
"""

import torch
from solution import box_iou


def nms(boxes, scores, iou_threshold):
    iou = box_iou(boxes, boxes)
    better = scores[None, :] > scores[:, None]
    removed = ((iou > iou_threshold) & better).any(dim=1)
    order = scores.argsort(descending=True)
    return order[~removed[order]]
