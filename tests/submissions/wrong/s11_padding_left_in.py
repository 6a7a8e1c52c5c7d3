"""Padded on the left and above, but cut as if the padding were right and below: everything is shifted.

loses: 13.11.3/in-place
says: does not lie
"""

import torch
from torch.nn import functional as F


def predict_full(net, image):
    net.eval()
    h, w = image.shape[1:]
    x = F.pad(image[None], (-w % 32, 0, -h % 32, 0), mode='replicate')
    with torch.no_grad():
        return net(x).argmax(1)[0, :h, :w]
