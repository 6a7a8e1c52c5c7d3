"""Groups by identity, head first ."""

def param_groups(net, lr, head="fc"):
    module = net.get_submodule(head)
    own = {id(p) for p in module.parameters()}
    return [
        {"params": list(module.parameters()), "lr": lr * 10},
        {"params": [p for p in net.parameters() if id(p) not in own], "lr": lr},
    ]
