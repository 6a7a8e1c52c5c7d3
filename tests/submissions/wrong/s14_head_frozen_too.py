"""The whole net is frozen after the head has been put on.

loses: 13.14.1/net, 13.14.2/deeper-frozen
says: no parameter requires gradients
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes))
    net = nn.Sequential(features, head)
    net.requires_grad_(False)
    return net
