"""The head is in no group: it is never trained.

loses: 13.2.1/complete
says: fc\..* is in no group
"""

def param_groups(net, lr, head="fc"):
    return [{"params": [p for n, p in net.named_parameters() if not n.startswith(head + ".")], "lr": lr}]
