"""Bilinear weights by outer products, Xavier by the normal distribution, the bias set to 0."""

import torch
from torch import nn


def bilinear_kernel(in_channels, out_channels, kernel_size):
    factor = (kernel_size + 1) // 2
    centre = factor - 1 if kernel_size % 2 == 1 else factor - 0.5
    og = (torch.arange(kernel_size).reshape(-1, 1), torch.arange(kernel_size).reshape(1, -1))
    filt = (1 - torch.abs(og[0] - centre) / factor) * (1 - torch.abs(og[1] - centre) / factor)
    weight = torch.zeros((in_channels, out_channels, kernel_size, kernel_size))
    weight[range(in_channels), range(out_channels), :, :] = filt
    return weight


def build_fcn(backbone, num_classes, stride):
    return nn.Sequential(
        backbone, nn.Conv2d(backbone.out_channels, num_classes, 1),
        nn.ConvTranspose2d(num_classes, num_classes, 2 * stride, stride, stride // 2),
    )


def init_upsampling(net, how):
    up = net[-1]
    if how == "bilinear":
        up.weight.data.copy_(bilinear_kernel(up.in_channels, up.out_channels, up.kernel_size[0]))
    elif how == "xavier":
        nn.init.xavier_normal_(up.weight)
    else:
        raise ValueError(how)
    nn.init.zeros_(up.bias)
    return net
