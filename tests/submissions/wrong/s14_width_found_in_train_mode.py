"""The width is found by a call in train mode, which changes the BatchNorm statistics.

loses: 13.14.1/any-width
says: get_net changed
"""

import torch
import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    width = features(torch.zeros(2, 3, 32, 32)).shape[1]
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    return nn.Sequential(features, head)
