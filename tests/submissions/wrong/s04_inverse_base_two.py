"""2 to the power instead of e.

loses: 13.4.3/inverse
says: exp
"""

import torch


def offset_inverse(anchors, offset_preds):
    c, s = (anchors[:, :2] + anchors[:, 2:]) / 2, anchors[:, 2:] - anchors[:, :2]
    centre = c + offset_preds[:, :2] * s / 10
    size = s * 2 ** (offset_preds[:, 2:] / 5)
    return torch.cat((centre - size / 2, centre + size / 2), dim=1)
