"""Gradients are set to zero, so an optimiser with weight decay still moves the trunk.

loses: 13.2.3/exact-name, 13.2.3/head-only, 13.2.3/steps
says: of the trunk moved
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    for name, p in net.named_parameters():
        if not name.startswith(head + "."):
            p.register_hook(lambda g: g * 0)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
