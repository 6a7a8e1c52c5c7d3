"""The predictor's parameters do not require gradients.

loses: 13.5.3/gradient
says: no parameter that can be trained
"""
from torch import nn


def bbox_predictor(num_inputs, num_anchors):
    return nn.Conv2d(num_inputs, num_anchors * 4, kernel_size=3, padding=1).requires_grad_(False)
