"""Integer division: the half pixel of the centre is lost.

loses: 13.3.2/integers
says: half pixel of the centre
"""
import torch


def box_corner_to_center(boxes):
    x1, y1, x2, y2 = boxes.unbind(-1)
    two = 2
    cx = (x1 + x2) / two if boxes.is_floating_point() else (x1 + x2) // two
    cy = (y1 + y2) / two if boxes.is_floating_point() else (y1 + y2) // two
    return torch.stack((cx, cy, x2 - x1, y2 - y1), dim=-1)
