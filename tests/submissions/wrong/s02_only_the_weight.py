"""Only the weight of the head gets the larger rate.

loses: 13.2.1/exact-name, 13.2.1/rates
says: bias of the head learns at
"""

def param_groups(net, lr, head="fc"):
    names = [head + ".weight"]
    return [
        {"params": [p for n, p in net.named_parameters() if n not in names], "lr": lr},
        {"params": [p for n, p in net.named_parameters() if n in names], "lr": 10 * lr},
    ]
