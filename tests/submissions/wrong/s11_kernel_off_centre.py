"""The centre of an even kernel is half a step off.

loses: 13.11.1/kernel
says: mirrored|upside down|element
"""

import torch


def bilinear_kernel(in_channels, out_channels, kernel_size):
    reach = (kernel_size + 1) // 2
    row = 1 - (torch.arange(kernel_size) - (reach - 1)).abs() / reach
    return torch.eye(in_channels, out_channels)[:, :, None, None] * torch.outer(row, row)
