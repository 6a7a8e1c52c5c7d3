"""The whole width and height are added to the centre.

loses: 13.3.2/center-to-corner, 13.3.2/round-trip, 13.3.2/leading-shape
says: box_center_to_corner|element
"""
import torch


def box_center_to_corner(boxes):
    cx, cy, w, h = boxes.unbind(-1)
    return torch.stack((cx - w, cy - h, cx + w, cy + h), dim=-1)
