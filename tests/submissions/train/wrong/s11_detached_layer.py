"""A new layer is initialised, which the network does not contain.

loses: 13.11.1/trained
says: bilinear
"""

import torch
from torch import nn
from solution import bilinear_kernel


def init_upsampling(net, how):
    old = net.transpose_conv
    up = nn.ConvTranspose2d(old.in_channels, old.out_channels, old.kernel_size, old.stride, old.padding)
    if how == "bilinear":
        up.weight.data.copy_(bilinear_kernel(old.in_channels, old.out_channels, old.kernel_size[0]))
    else:
        nn.init.xavier_uniform_(up.weight)
    return net
