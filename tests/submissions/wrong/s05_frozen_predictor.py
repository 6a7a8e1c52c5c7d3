"""The predictor's parameters do not require gradients.

loses: 13.5.3/gradient
says: no parameter that can be trained
"""

from torch import nn


def bbox_predictor(num_inputs, num_anchors):
    layer = nn.Conv2d(num_inputs, 4 * num_anchors, 3, padding=1)
    return layer.requires_grad_(False)
