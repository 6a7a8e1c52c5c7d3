"""An unknown method silently does nothing.

loses: 13.11.1/init-only
says: said nothing
"""

from solution import bilinear_kernel
from torch import nn


def init_upsampling(net, how):
    w = net.transpose_conv.weight
    if how == 'bilinear':
        w.data.copy_(bilinear_kernel(w.shape[0], w.shape[1], w.shape[2]))
    if how == 'xavier':
        nn.init.xavier_uniform_(w)
    return net
