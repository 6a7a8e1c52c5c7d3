"""The overlap is `target` of each box, so the IoU is less.

loses: 13.4.2/construct
says: IoU
"""

import torch


def boxes_with_iou(target):
    if not 0 < target <= 1:
        raise ValueError(target)
    return torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([1.0 - target, 0.0, 2.0 - target, 1.0])
