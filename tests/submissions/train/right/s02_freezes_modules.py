"""Freezes submodule by submodule and puts the trunk into evaluation mode."""

def freeze_trunk(net, head="fc"):
    net.requires_grad_(False)
    net.get_submodule(head).requires_grad_(True)
    return net
