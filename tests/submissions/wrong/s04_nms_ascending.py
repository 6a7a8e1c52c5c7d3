"""The boxes are taken from the lowest score.

loses: 13.4.3/nms
says: kept|falling
"""

import torch
from solution import box_iou


def nms(boxes, scores, iou_threshold):
    order = scores.argsort()
    keep = []
    while len(order) > 0:
        best = order[0]
        keep.append(int(best))
        iou = box_iou(boxes[best][None], boxes[order[1:]])[0]
        order = order[1:][iou <= iou_threshold]
    return torch.tensor(keep, dtype=torch.long)
