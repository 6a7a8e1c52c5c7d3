"""Older book text: 0.5 hard-coded, and the last ground truth wins a contested anchor.

loses: 13.4.3/assign-contested, 13.4.3/assign-threshold
says: assigned ground truth|has no anchor
"""

import torch
from solution import box_iou


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    iou = box_iou(anchors, ground_truth)
    largest, nearest = iou.max(dim=1)
    result = torch.full((len(anchors),), -1, dtype=torch.long, device=device)
    chosen = largest >= 0.5
    result[chosen] = nearest[chosen]
    best = torch.argmax(iou, dim=0)
    result[best] = torch.arange(len(ground_truth), device=device)
    return result
