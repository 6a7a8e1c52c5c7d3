"""The features are enlarged and classified afterwards, at the full size.

loses: 13.11.1/init-bilinear, 13.11.1/init-only, 13.11.1/init-xavier, 13.11.1/layers
says: own convolutions have weights
"""

from torch import nn


def build_fcn(backbone, num_classes, stride):
    c = backbone.out_channels
    net = nn.Sequential()
    net.add_module('backbone', backbone)
    net.add_module('transpose_conv', nn.ConvTranspose2d(c, c, 2 * stride, stride, stride // 2))
    net.add_module('final_conv', nn.Conv2d(c, num_classes, 1))
    return net
