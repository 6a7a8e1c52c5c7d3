"""The finer scores are computed and not added.

loses: 13.11.4/trained
says: border|gain|iou
"""

import torch
from torch import nn
from torch.nn import functional as F


class FCNSkip(nn.Module):
    def __init__(self, backbone_stages, num_classes):
        super().__init__()
        self.stages = nn.ModuleList(backbone_stages)
        self.scores = nn.ModuleList([nn.Conv2d(s.out_channels, num_classes, 1) for s in self.stages])

    def forward(self, X):
        size, maps = X.shape[2:], []
        for stage, score in zip(self.stages, self.scores):
            X = stage(X)
            maps.append(score(X))
        total = maps[-1]
        for finer in maps[-2::-1]:
            total = F.interpolate(total, size=finer.shape[2:], mode="bilinear", align_corners=False)
        return F.interpolate(total, size=size, mode="bilinear", align_corners=False)
