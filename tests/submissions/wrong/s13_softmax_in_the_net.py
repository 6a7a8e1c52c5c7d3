"""A softmax at the end of the net, and another one in the loss.

loses: 13.13.1/net
says: a softmax stands at the end
"""

from torch import nn


def get_net():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 10), nn.Softmax(dim=1)
    )
