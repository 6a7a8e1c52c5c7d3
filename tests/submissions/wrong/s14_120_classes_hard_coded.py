"""The number of classes is a constant.

loses: 13.14.1/net, 13.14.1/any-width, 13.14.2/deeper, 13.14.2/deeper-frozen
says: shape \(1, 120\), wanted \(1, 2\)
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, 120))
    return nn.Sequential(features, head)
