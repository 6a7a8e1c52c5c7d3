"""Returns the net as it was.

loses: 13.2.3/trained
says: moved
"""

def freeze_trunk(net, head="fc"):
    return net
