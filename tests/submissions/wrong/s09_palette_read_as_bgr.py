"""OpenCV habit: blue comes first in the table.

loses: 13.9.2/table
says: red and blue are swapped
"""

import torch
from solution import VOC_COLORMAP


def voc_colormap2label():
    table = torch.zeros(256 ** 3, dtype=torch.long)
    for i, (r, g, b) in enumerate(VOC_COLORMAP):
        table[(b * 256 + g) * 256 + r] = i
    return table
