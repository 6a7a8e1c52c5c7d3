"""The centre of an even kernel is half a step off.

loses: 13.11.1/kernel
says: mirrored|upside down|element
"""

import torch


def bilinear_kernel(in_channels, out_channels, kernel_size):
    factor = (kernel_size + 1) // 2
    p = 1 - (torch.arange(kernel_size) - (factor - 1)).abs() / factor
    weight = torch.zeros(in_channels, out_channels, kernel_size, kernel_size)
    weight[range(in_channels), range(out_channels)] = p[:, None] * p[None]
    return weight
