"""The trunk gets the larger rate.

loses: 13.2.1/trained-groups
says: accuracy
"""

def param_groups(net, lr, head="fc"):
    own = list(net.get_submodule(head).parameters())
    rest = [p for p in net.parameters() if all(p is not q for q in own)]
    return [{"params": rest, "lr": 10 * lr}, {"params": own, "lr": lr}]
