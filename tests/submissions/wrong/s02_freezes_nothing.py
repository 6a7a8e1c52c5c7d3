"""Sets an attribute that means nothing to a module.

loses: 13.2.3/exact-name, 13.2.3/head-only, 13.2.3/steps
says: still requires
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    for module in net.children():
        module.requires_grad = False
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
