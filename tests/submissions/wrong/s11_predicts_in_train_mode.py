"""net.eval() is forgotten.

loses: 13.11.3/eval-mode
says: train mode
"""

import torch
from torch.nn import functional as F


def predict_full(net, image):
    h, w = image.shape[1:]
    x = F.pad(image[None], (0, -w % 32, 0, -h % 32))
    with torch.no_grad():
        return net(x).argmax(1)[0, :h, :w]
