"""The given features are replaced by new ones.

loses: 13.14.1/trained, 13.14.2/trained
says: loss
"""

import torch
from torch import nn
from torch.nn import functional as F


def get_net(features, num_classes=120):
    features = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 1000))
    features.requires_grad_(False)
    return nn.Sequential(features, nn.Sequential(nn.Linear(1000, 256), nn.ReLU(), nn.Linear(256, num_classes)))
