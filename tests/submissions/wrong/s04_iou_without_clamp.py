"""Boxes that lie apart: width and height of the intersection are negative.

loses: 13.4.2/disjoint
says: apart
"""

import torch


def box_iou(boxes1, boxes2):
    first, second = boxes1.reshape(-1, 1, 2, 2), boxes2.reshape(1, -1, 2, 2)  # (…, corner, axis)
    end = torch.minimum(first[:, :, 1], second[:, :, 1])
    side = end - torch.maximum(first[:, :, 0], second[:, :, 0])
    common = side.prod(dim=-1)
    size1, size2 = ((b[:, :, 1] - b[:, :, 0]).prod(dim=-1) for b in (first, second))
    return common / (size1 + size2 - common)
