"""No padding: the map shrinks by two.

loses: 13.5.3/cls-predictor
says: height and width are kept|Kernel size can't be greater
"""

from torch import nn


def cls_predictor(num_inputs, num_anchors, num_classes):
    return nn.Conv2d(num_inputs, (1 + num_classes) * num_anchors, 3)
