"""The name of the backbone has no effect.

loses: 13.14.2/deeper
says: arch has no effect
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model("resnet34", weights=weights)
    features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    return nn.Sequential(features, head)
