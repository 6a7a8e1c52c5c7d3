"""The trunk gets the larger rate.

loses: 13.2.1/exact-name, 13.2.1/rates
says: learns at
"""

def param_groups(net, lr, head="fc"):
    trunk = [p for n, p in net.named_parameters() if not n.startswith(head + ".")]
    return [{"params": trunk, "lr": 10 * lr}, {"params": list(net.get_submodule(head).parameters()), "lr": lr}]
