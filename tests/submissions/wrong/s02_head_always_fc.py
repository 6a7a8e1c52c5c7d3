"""The name of the head is not looked at.

loses: 13.2.1/exact-name
says: learns at
"""

def param_groups(net, lr, head="fc"):
    return [
        {"params": [p for n, p in net.named_parameters() if n not in ("fc.weight", "fc.bias")], "lr": lr},
        {"params": [p for n, p in net.named_parameters() if n in ("fc.weight", "fc.bias")], "lr": 10 * lr},
    ]
