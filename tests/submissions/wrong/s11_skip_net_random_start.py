"""The transposed convolutions keep torch's random weights.

loses: 13.11.4/bilinear
says: scores in the middle
"""

import solution
from torch import nn


class FCNSkip(solution.FCNSkip):
    def __init__(self, backbone_stages, num_classes):
        super().__init__(backbone_stages, num_classes)
        for up in self.enlarge:
            up.reset_parameters()
