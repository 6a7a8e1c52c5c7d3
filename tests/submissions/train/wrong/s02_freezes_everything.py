"""Nothing requires gradients any more.

loses: 13.2.3/trained
says: head must still|accuracy
"""

def freeze_trunk(net, head="fc"):
    for p in net.parameters():
        p.requires_grad = False
    return net
