"""A wider head for the deeper backbone: the comparison is not of the backbones alone.

loses: 13.14.2/deeper-frozen
says: wanted the same head
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    hidden = 512 if arch == "resnet34" else 256
    head = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, num_classes))
    return nn.Sequential(features, head)
