"""Boxes that lie apart: width and height of the intersection are negative.

loses: 13.4.2/disjoint
says: apart
"""

import torch


def box_iou(boxes1, boxes2):
    areas1 = (boxes1[:, 2] - boxes1[:, 0]) * (boxes1[:, 3] - boxes1[:, 1])
    areas2 = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    low = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    wh = high - low
    inter = wh[:, :, 0] * wh[:, :, 1]
    return inter / (areas1[:, None] + areas2 - inter)
