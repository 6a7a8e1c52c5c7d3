"""The classic implementation swaps rows of the caller's boxes and scores.

loses: 13.4.4/contract
says: in place
"""

import torch
from solution import box_iou


def soft_nms(boxes, scores, *, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001):
    index = torch.arange(len(boxes))
    for i in range(len(boxes)):
        top = i + int(scores[i:].argmax())
        for rows in (boxes, scores, index):
            rows[[i, top]] = rows[[top, i]]
        u = box_iou(boxes[i : i + 1], boxes[i + 1 :])[0]
        if method == "linear":
            scores[i + 1 :] *= torch.where(u > iou_threshold, 1 - u, torch.ones_like(u))
        elif method == "gaussian":
            scores[i + 1 :] *= torch.exp(-(u**2) / sigma)
        else:
            scores[i + 1 :] *= (u <= iou_threshold).float()
    left = scores >= score_threshold
    return index[left], scores[left]
