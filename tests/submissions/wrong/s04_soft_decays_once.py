"""Every box is lowered once, by its best neighbour in the original ranking.

loses: 13.4.4/order
says: new scores|order in
"""

import torch
from solution import box_iou


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    order = scores.argsort(descending=True)
    u = box_iou(boxes[order], boxes[order]).tril(-1).max(dim=1).values
    if method == "hard":
        from solution import nms
        keep = nms(boxes, scores, iou_threshold)
        return keep, scores[keep]
    weight = torch.exp(-(u**2) / sigma) if method == "gaussian" else torch.where(u > iou_threshold, 1 - u, 1.0)
    new = scores[order] * weight
    new, again = new.sort(descending=True)
    keep = order[again]
    return keep[new >= score_threshold], new[new >= score_threshold]
