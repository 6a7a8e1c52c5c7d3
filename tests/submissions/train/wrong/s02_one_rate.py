"""One rate for all parameters.

loses: 13.2.1/trained-groups
says: accuracy
"""

def param_groups(net, lr, head="fc"):
    return [{"params": list(net.parameters()), "lr": lr}]
