"""The transposed convolution has no padding: scores are larger than the image.

loses: 13.11.1/size
says: height and width of the images
"""

from torch import nn


def build_fcn(backbone, num_classes, stride):
    return nn.Sequential(backbone, nn.Conv2d(backbone.out_channels, num_classes, 1),
                         nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride))


def init_upsampling(net, how):
    import solution
    net.transpose_conv = net[2]
    return solution.init_upsampling(net, how)
