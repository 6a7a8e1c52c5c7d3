"""The kernel is written over all pairs of channels instead of the diagonal.

loses: 13.11.1/kernel-channels
says: channels are mixed
"""

import torch


def bilinear_kernel(in_channels, out_channels, kernel_size):
    row = 1 - (torch.arange(kernel_size) - (kernel_size - 1) / 2).abs() / ((kernel_size + 1) // 2)
    return torch.outer(row, row).expand(in_channels, out_channels, -1, -1).clone()
