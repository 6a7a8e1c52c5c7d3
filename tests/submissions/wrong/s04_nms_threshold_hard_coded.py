"""0.5 hard-coded.

loses: 13.4.3/nms-threshold
says: iou_threshold
"""

import torch
from solution import box_iou


def nms(boxes, scores, iou_threshold):
    order = scores.argsort(descending=True)
    keep = []
    while len(order) > 0:
        best = order[0]
        keep.append(int(best))
        iou = box_iou(boxes[best][None], boxes[order[1:]])[0]
        order = order[1:][iou <= 0.5]
    return torch.tensor(keep, dtype=torch.long)
