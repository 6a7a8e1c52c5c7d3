"""Each stage is fed its map enlarged back to the image's size: nothing gets smaller.

loses: 13.11.4/stages
says: the stages saw maps
"""

import solution
from torch.nn import functional as F


class FCNSkip(solution.FCNSkip):
    def __init__(self, backbone_stages, num_classes):
        super().__init__(backbone_stages, num_classes)
        del self.enlarge

    def forward(self, x):
        size, total = x.shape[-2:], 0
        for stage, score in zip(self.stages, self.scores):
            x = F.interpolate(stage(x), size=size, mode='bilinear')
            total = total + score(x)
        return total
