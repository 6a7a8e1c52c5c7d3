"""The kernel is written over all pairs of channels instead of the diagonal.

loses: 13.11.1/kernel-channels
says: channels are mixed
"""

import torch


def bilinear_kernel(in_channels, out_channels, kernel_size):
    f = (kernel_size + 1) // 2
    p = 1 - (torch.arange(kernel_size) - (kernel_size - 1) / 2).abs() / f
    weight = torch.zeros(in_channels, out_channels, kernel_size, kernel_size)
    weight[:, :] = p[:, None] * p[None]
    return weight
