"""A new head on the CPU takes the place of the old one.

loses: 13.2.4/device
says: is on cpu
"""

import torch
from torch import nn


@torch.no_grad()
def head_from_class(net, pretrained_head, class_index, row=0):
    old = net.fc
    net.fc = nn.Linear(old.in_features, old.out_features)
    if old.weight.device.type != "meta":
        net.fc.load_state_dict(old.state_dict())
    net.fc.weight[row] = pretrained_head.weight[class_index]
    net.fc.bias[row] = pretrained_head.bias[class_index]
    return net
