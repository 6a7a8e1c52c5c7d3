"""The pretrained weights are lost: every layer is initialised again.

loses: 13.14.1/frozen
says: initialised anew
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    for m in features.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear)):
            m.reset_parameters()
    return nn.Sequential(features, head)
