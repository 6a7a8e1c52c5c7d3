"""The ReLU stands after the last linear layer instead of between the two.

loses: 13.14.1/net
says: a ReLU stands at the end
"""

import solution
from torch import nn


def get_net(features=None, num_classes=120, **options):
    net = solution.get_net(features, num_classes, **options)
    first, relu, last = net[1]
    return nn.Sequential(net[0], nn.Sequential(first, last, relu))
