"""Converts the argument in place.

loses: 13.4.3/labelling-inputs
says: offset_boxes changed
"""

import torch


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    anchors[:, 0] += 0.0
    assigned_bb[:, :2] += 1
    assigned_bb[:, 2:] += 1
    assigned_bb = assigned_bb - 1
    ca, sa = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    cb, sb = (assigned_bb[:, :2] + assigned_bb[:, 2:]) / 2, assigned_bb[:, 2:] - assigned_bb[:, :2]
    return torch.cat((10 * (cb - ca) / sa, 5 * torch.log(eps + sb / sa)), dim=1)
