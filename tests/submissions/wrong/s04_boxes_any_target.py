"""Targets that no two boxes can have are not refused.

loses: 13.4.2/construct-range
says: ValueError
"""

import torch


def boxes_with_iou(target):
    return torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 0.0, 1.0, target])
