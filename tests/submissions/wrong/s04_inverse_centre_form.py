"""Returns (cx, cy, w, h).

loses: 13.4.3/inverse
says: corner
"""

import torch


def offset_inverse(anchors, offset_preds):
    c, s = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    centre = c + offset_preds[:, :2] * s / 10
    size = s * torch.exp(offset_preds[:, 2:] / 5)
    return torch.cat((centre, size), dim=1)
