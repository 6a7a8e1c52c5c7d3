"""A pretrained-style net whose first layer is left frozen.

loses: 13.13.1/net
says: is frozen
"""

from torch import nn


def get_net():
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 10)
    )
    net[0].requires_grad_(False)
    return net
