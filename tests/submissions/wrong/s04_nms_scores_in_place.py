"""Sets the scores of removed boxes to 0 in the caller's tensor.

loses: 13.4.3/detection-inputs
says: nms changed
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
        scores[order[1:][iou > iou_threshold]] = 0
        order = order[1:][iou <= iou_threshold]
    return torch.tensor(keep, dtype=torch.long)
