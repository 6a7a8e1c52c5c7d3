"""Rounds the trunk's numbers on the way.

loses: 13.2.3/function
says: the frozen net.s output
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    for name, p in net.named_parameters():
        p.requires_grad_(name.startswith(head + "."))
        p.data = p.data.round(decimals=1)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
