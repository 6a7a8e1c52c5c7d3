"""The net keeps the 1000 classes of ImageNet.

loses: 13.13.1/net
says: wanted \(2, 10\)
"""

from torch import nn


def get_net():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 1000)
    )
