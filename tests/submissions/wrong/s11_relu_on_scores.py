"""A ReLU stands behind every score map: no class can lose evidence any more.

loses: 13.11.4/sum
says: twice the mean
"""

import solution
from torch import nn


class FCNSkip(solution.FCNSkip):
    def __init__(self, backbone_stages, num_classes):
        super().__init__(backbone_stages, num_classes)
        self.scores = nn.ModuleList(nn.Sequential(s, nn.ReLU()) for s in self.scores)
