"""The head only fits features of 1000 values (the book's).

loses: 13.14.1/any-width
says: cannot be multiplied|shapes
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    head = nn.Sequential(nn.Linear(1000, 256), nn.ReLU(), nn.Linear(256, num_classes))
    return nn.Sequential(features, head)
