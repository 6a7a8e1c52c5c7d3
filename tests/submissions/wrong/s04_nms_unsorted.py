"""The boxes are taken in the order given.

loses: 13.4.3/nms
says: kept
"""

import torch
from solution import box_iou


def nms(boxes, scores, iou_threshold):
    order = torch.arange(len(scores))
    keep = []
    while len(order) > 0:
        best = order[0]
        keep.append(int(best))
        iou = box_iou(boxes[best][None], boxes[order[1:]])[0]
        order = order[1:][iou <= iou_threshold]
    return torch.tensor(keep, dtype=torch.long)
