"""Every anchor gets its nearest ground truth, without a threshold.

loses: 13.4.3/assign, 13.4.3/assign-every, 13.4.3/assign-threshold
says: assigned
"""

import torch
from solution import box_iou


def assign_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    iou = box_iou(anchors, ground_truth)
    largest, nearest = iou.max(dim=1)
    result = torch.full((len(anchors),), -1, dtype=torch.long, device=device)
    chosen = largest >= 0
    result[chosen] = nearest[chosen]
    for _ in range(len(ground_truth)):
        at = iou.argmax()
        a, g = at // len(ground_truth), at % len(ground_truth)
        result[a] = g
        iou[a, :] = -1
        iou[:, g] = -1
    return result
