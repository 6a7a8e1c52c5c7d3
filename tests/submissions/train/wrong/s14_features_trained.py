"""The features are not frozen.

loses: 13.14.1/trained
says: moved
"""

import torch
from torch import nn
from torch.nn import functional as F


def get_net(features, num_classes=120):
    return nn.Sequential(features, nn.Sequential(nn.Linear(1000, 256), nn.ReLU(), nn.Linear(256, num_classes)))
