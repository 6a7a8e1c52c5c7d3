"""A new transposed convolution is initialised, and the network never sees it.

loses: 13.11.1/init-bilinear, 13.11.1/init-xavier
says: own transposed convolution did not change
"""

from solution import bilinear_kernel
from torch import nn


def init_upsampling(net, how):
    if how not in ('bilinear', 'xavier'):
        raise ValueError(how)
    c, _, k, _ = net.transpose_conv.weight.shape
    conv_trans = nn.ConvTranspose2d(c, c, kernel_size=k, padding=k // 4, stride=k // 2)
    if how == 'bilinear':
        conv_trans.weight.data.copy_(bilinear_kernel(c, c, k))
    else:
        nn.init.xavier_uniform_(conv_trans.weight)
    return net
