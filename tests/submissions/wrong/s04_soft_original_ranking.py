"""Boxes are taken by their original score; the decayed scores never change the order.

loses: 13.4.4/order
says: order in|current score
"""

import torch
from solution import box_iou


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    iou = box_iou(boxes, boxes)
    current = scores.clone()
    left = list(range(len(boxes)))
    keep = []
    while left:
        top = max(left, key=lambda i: float(scores[i]))
        left.remove(top)
        if current[top] < score_threshold:
            continue
        keep.append(top)
        u = iou[top, left]
        if method == "linear":
            weight = torch.where(u > iou_threshold, 1 - u, torch.ones_like(u))
        elif method == "gaussian":
            weight = torch.exp(-(u**2) / sigma)
        else:
            weight = (u <= iou_threshold).float()
        current[left] = current[left] * weight
    keep = torch.tensor(sorted(keep, key=lambda i: -float(current[i])), dtype=torch.long)
    return keep, current[keep]
