"""Batch normalisation's statistics go on moving: the usual solution.

loses: 13.2.3/statistics
says: running_.* moved
"""

def freeze_trunk(net, head="fc"):
    for p in net.parameters():
        p.requires_grad = False
    for p in net.get_submodule(head).parameters():
        p.requires_grad = True
    return net
