"""No padding in the offset predictor.

loses: 13.5.3/bbox-predictor
says: height and width are kept|Kernel size can't be greater
"""

from torch import nn


def bbox_predictor(num_inputs, num_anchors):
    return nn.Conv2d(num_inputs, 4 * num_anchors, 3)
