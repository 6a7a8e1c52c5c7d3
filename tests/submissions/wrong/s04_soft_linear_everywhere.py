"""Linear decay below the threshold too.

loses: 13.4.4/linear
says: threshold
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
        if current[top] >= score_threshold:
            keep.append(top)
        u = iou[top, left]
        if method == "linear":
            weight = 1 - u
        elif method == "gaussian":
            weight = torch.exp(-(u**2) / sigma)
        else:
            weight = (u <= iou_threshold).float()
        current[left] = current[left] * weight
    keep = torch.tensor(keep, dtype=torch.long)
    return keep, current[keep]
