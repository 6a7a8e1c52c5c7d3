"""The map of classes is stretched bilinearly: classes between two appear.

loses: 13.11.3/in-place
says: holds \[1\] too
"""

import torch
from torch.nn import functional as F


def predict_full(net, image):
    net.eval()
    h, w = image.shape[1:]
    size = [-(-s // 32) * 32 for s in (h, w)]
    with torch.no_grad():
        x = F.interpolate(image[None], size=size, mode='bilinear')
        labels = net(x).argmax(1, keepdim=True).float()
    return F.interpolate(labels, size=(h, w), mode='bilinear').round().long()[0, 0]
