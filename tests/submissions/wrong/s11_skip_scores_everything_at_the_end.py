"""All scores are brought to the coarsest size, summed and enlarged once: the fine skips are blurred away.

loses: 13.11.4/skips
says: pixels away
"""

import solution
from torch import nn
from torch.nn import functional as F


class FCNSkip(solution.FCNSkip):
    def __init__(self, backbone_stages, num_classes):
        super().__init__(backbone_stages, num_classes)
        del self.enlarge

    def forward(self, x):
        size, maps = x.shape[-2:], []
        for stage, score in zip(self.stages, self.scores):
            x = stage(x)
            maps.append(score(x))
        total = sum(F.adaptive_avg_pool2d(m, maps[-1].shape[-2:]) for m in maps)
        return F.interpolate(total, size=size, mode='bilinear')
