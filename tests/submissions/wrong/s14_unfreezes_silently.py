"""Only features that are passed in are frozen; a backbone chosen by name is trained.

loses: 13.14.2/deeper-frozen
says: wanted the backbone frozen
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    else:
        features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    return nn.Sequential(features, head)
