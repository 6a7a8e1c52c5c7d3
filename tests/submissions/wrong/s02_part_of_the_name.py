"""Any name that contains the head's.

loses: 13.2.1/exact-name
says: of the trunk learns at
"""

def param_groups(net, lr, head="fc"):
    return [
        {"params": [p for n, p in net.named_parameters() if head not in n], "lr": lr},
        {"params": [p for n, p in net.named_parameters() if head in n], "lr": 10 * lr},
    ]
