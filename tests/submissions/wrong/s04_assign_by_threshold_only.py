"""Only the threshold rule: some ground truths get no anchor.

loses: 13.4.3/assign-contested, 13.4.3/assign-every
says: ground truth
"""

import torch
from solution import box_iou


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    iou = box_iou(anchors, ground_truth)
    largest, nearest = iou.max(dim=1)
    result = torch.full((len(anchors),), -1, dtype=torch.long, device=device)
    chosen = largest >= iou_threshold
    result[chosen] = nearest[chosen]
    return result
