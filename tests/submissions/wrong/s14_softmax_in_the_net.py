"""A softmax at the end of the net, and another one in the loss.

loses: 13.14.1/net
says: a softmax stands at the end
"""

import torchvision
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    if features is None:
        features = torchvision.models.get_model(arch, weights=weights)
    features.requires_grad_(False)
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features
    head = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, num_classes), nn.Softmax(dim=1))
    return nn.Sequential(features, head)
