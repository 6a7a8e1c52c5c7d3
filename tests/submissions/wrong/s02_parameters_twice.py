"""All parameters in the first group, the head in the second again.

loses: 13.2.1/complete
says: in the groups 2 times
"""

def param_groups(net, lr, head="fc"):
    groups = [{"params": list(net.parameters()), "lr": lr}]
    return [*groups, {"params": list(net.get_submodule(head).parameters()), "lr": 10 * lr}]
