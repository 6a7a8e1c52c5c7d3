"""Logarithm of base 10.

loses: 13.4.3/offsets
says: ln
"""

import torch


def offset_boxes(anchors, assigned_bb, eps=1e-6):
    ca, sa = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    cb, sb = (assigned_bb[:, :2] + assigned_bb[:, 2:]) / 2, assigned_bb[:, 2:] - assigned_bb[:, :2]
    return torch.cat((10 * (cb - ca) / sa, 5 * torch.log10(eps + sb / sa)), dim=1)
