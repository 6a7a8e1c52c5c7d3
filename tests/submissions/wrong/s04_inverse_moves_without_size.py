"""The shift is not scaled by the anchor's size.

loses: 13.4.3/inverse
says: size
"""

import torch


def offset_inverse(anchors, offset_preds):
    c, s = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    centre = c + offset_preds[:, :2] / 10
    size = s * torch.exp(offset_preds[:, 2:] / 5)
    return torch.cat((centre - size / 2, centre + size / 2), dim=1)
