"""The picture has blue and red exchanged.

loses: 13.11.3/picture
says: element
"""

import torch
from solution import VOC_COLORMAP


def label2image(pred):
    return torch.tensor(VOC_COLORMAP)[pred.long()].flip(-1)
