"""The head is frozen too.

loses: 13.2.3/exact-name, 13.2.3/head-only, 13.2.3/statistics, 13.2.3/steps
says: fc.* of the head no longer requires
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    net.requires_grad_(False)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
