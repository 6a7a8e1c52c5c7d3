"""Element by element instead of pairwise.

loses: 13.4.2/pairwise
says: wanted \\(1, 1\\).*one row per box of boxes1
"""

import torch


def box_iou(boxes1, boxes2):
    first, second = boxes1.reshape(-1, 2, 2), boxes2.reshape(-1, 2, 2)  # (box, corner, axis)
    end = torch.minimum(first[:, 1], second[:, 1])
    common = (end - torch.maximum(first[:, 0], second[:, 0])).clamp(min=0).prod(dim=1)
    size1, size2 = ((b[:, 1] - b[:, 0]).prod(dim=1) for b in (first, second))
    return common / (size1 + size2 - common)
