"""Offsets of the corners instead of centre and size.

loses: 13.4.3/offsets, 13.4.3/offsets-eps
says: offset_boxes
"""

import torch


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    ca, sa = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    cb, sb = (assigned_bb[:, :2] + assigned_bb[:, 2:]) / 2, assigned_bb[:, 2:] - assigned_bb[:, :2]
    return torch.cat((10 * (assigned_bb[:, :2] - anchors[:, :2]) / sa, 10 * (assigned_bb[:, 2:] - anchors[:, 2:]) / sa), dim=1)
