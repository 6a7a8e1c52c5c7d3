"""The bilinear kernel also connects different classes.

loses: 13.11.1/trained
says: bilinear
"""

import torch
from torch import nn
from solution import bilinear_kernel


def init_upsampling(net, how):
    up = net.transpose_conv
    with torch.no_grad():
        if how == "bilinear":
            up.weight[:] = bilinear_kernel(1, 1, up.kernel_size[0])
        else:
            nn.init.xavier_uniform_(up.weight)
    return net
