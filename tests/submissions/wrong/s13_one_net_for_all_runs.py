"""get_net returns the same network each time.

loses: 13.13.1/net
says: returned the same parameters
"""

from torch import nn


NET = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 10)
)


def get_net():
    return NET
