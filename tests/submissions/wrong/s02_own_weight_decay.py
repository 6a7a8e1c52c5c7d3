"""The head is freed from weight decay.

loses: 13.2.1/weight-decay
says: weight decay
"""

def param_groups(net, lr, head="fc"):
    trunk = [p for n, p in net.named_parameters() if not n.startswith(head + ".")]
    own = list(net.get_submodule(head).parameters())
    return [{"params": trunk, "lr": lr}, {"params": own, "lr": 10 * lr, "weight_decay": 0}]
