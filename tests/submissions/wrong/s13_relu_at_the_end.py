"""A ReLU stands after the last linear layer.

loses: 13.13.1/net
says: a ReLU stands at the end
"""

import solution
from torch import nn


def get_net():
    return nn.Sequential(solution.get_net(), nn.ReLU())
