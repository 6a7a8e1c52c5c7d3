"""Only the head's weight stays trainable.

loses: 13.2.3/exact-name, 13.2.3/head-only, 13.2.3/steps
says: fc.bias of the head
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    for name, p in net.named_parameters():
        p.requires_grad_(name == head + ".weight")
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
