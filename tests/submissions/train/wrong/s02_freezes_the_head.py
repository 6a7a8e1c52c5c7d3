"""Freezes the head instead of the trunk.

loses: 13.2.3/trained
says: accuracy|moved
"""

def freeze_trunk(net, head="fc"):
    for p in net.get_submodule(head).parameters():
        p.requires_grad = False
    return net
