"""score_threshold is ignored.

loses: 13.4.4/keep
says: score_threshold|kept indices
"""

import torch
from solution import box_iou


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    iou = box_iou(boxes, boxes)
    current = scores.clone()
    left = list(range(len(boxes)))
    keep = []
    while left:
        top = max(left, key=lambda i: float(current[i]))
        left.remove(top)
        if current[top] >= -1:
            keep.append(top)
        u = iou[top, left]
        if method == "linear":
            weight = torch.where(u > iou_threshold, 1 - u, torch.ones_like(u))
        elif method == "gaussian":
            weight = torch.exp(-(u**2) / sigma)
        else:
            weight = (u <= iou_threshold).float()
        current[left] = current[left] * weight
    keep = torch.tensor(keep, dtype=torch.long)
    return keep, current[keep]
