"""The image is padded on top, but the prediction is cut off at the bottom: it lies too low.

loses: 13.11.3/in-place
says: far from the edge
"""

import torch
from torch.nn import functional as F


@torch.no_grad()
def predict_full(net, image):
    height, width = image.shape[1:]
    net.eval()
    padded = F.pad(image[None], (0, -width % 32, -height % 32, 0), mode="replicate")
    return net(padded)[0, :, :height, :width].argmax(dim=0)
