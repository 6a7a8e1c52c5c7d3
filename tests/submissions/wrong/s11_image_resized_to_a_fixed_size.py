"""Every image is resized to 160×160 first: aligned images are predicted at another scale.

loses: 13.11.3/eval-mode, 13.11.3/plain
says: another class
"""

import torch
from torch.nn import functional as F


def predict_full(net, image):
    net.eval()
    with torch.no_grad():
        scores = net(F.interpolate(image[None], size=(160, 160), mode='bilinear'))
        return F.interpolate(scores, size=tuple(image.shape[1:]), mode='bilinear').argmax(1)[0]
