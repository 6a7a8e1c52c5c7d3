"""The answer in circulation: the sum is enlarged by the full stride once more.

loses: 13.11.4/size, 13.11.4/skips
says: times too far
"""

import solution
from torch import nn


class FCNSkip(solution.FCNSkip):
    def __init__(self, backbone_stages, num_classes):
        super().__init__(backbone_stages, num_classes)
        total = 1
        for s in backbone_stages:
            total *= s.stride
        conv_trans = nn.ConvTranspose2d(num_classes, num_classes, 2 * total, total, total // 2)
        conv_trans.weight.data.copy_(solution.bilinear_kernel(num_classes, num_classes, 2 * total))
        self.enlarge[0] = conv_trans
