"""The kernel is divided by its sum, as if it were a blur.

loses: 13.11.1/kernel
says: element|an image enlarged
"""

import solution


def bilinear_kernel(in_channels, out_channels, kernel_size):
    w = solution.bilinear_kernel(in_channels, out_channels, kernel_size)
    return w / w[0, 0].sum()
