"""Everything whose name contains the head's stays trainable.

loses: 13.2.3/exact-name
says: of the trunk still requires
"""

from torch import nn


def freeze_trunk(net, head="fc"):
    for name, p in net.named_parameters():
        p.requires_grad_(head in name)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(lambda m, _: (m.eval(), None)[1])
    return net
