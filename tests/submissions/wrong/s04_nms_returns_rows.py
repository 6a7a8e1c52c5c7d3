"""Returns (K, 5) rows instead of indices.

loses: 13.4.3/nms, 13.4.3/nms-boundary, 13.4.3/nms-threshold
says: convention differs
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
        order = order[1:][iou <= iou_threshold]
    return torch.cat((boxes[keep], scores[keep, None]), dim=1)
