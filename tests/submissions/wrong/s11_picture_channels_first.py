"""Channels first: another convention, reported as such.

loses: 13.11.3/picture
says: convention differs
"""

import torch
from solution import VOC_COLORMAP


def label2image(pred):
    return torch.tensor(VOC_COLORMAP)[pred.long()].permute(2, 0, 1)
