"""The head is in no group.

loses: 13.2.1/trained-groups
says: accuracy
"""

def param_groups(net, lr, head="fc"):
    own = list(net.get_submodule(head).parameters())
    return [{"params": [p for p in net.parameters() if all(p is not q for q in own)], "lr": lr}]
