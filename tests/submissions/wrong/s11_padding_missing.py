"""The transposed convolution has no padding: scores are larger than the image.

loses: 13.11.1/size
says: height and width of the images
"""

from torch import nn


def build_fcn(backbone, num_classes, stride):
    net = nn.Sequential()
    net.add_module('backbone', backbone)
    net.add_module('final_conv', nn.Conv2d(backbone.out_channels, num_classes, 1))
    net.add_module('transpose_conv', nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride))
    return net
