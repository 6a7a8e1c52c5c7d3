"""Gradients are recorded during prediction.

loses: 13.11.3/no-grad
says: no_grad
"""

from torch.nn import functional as F


def predict_full(net, image):
    net.eval()
    h, w = image.shape[1:]
    x = F.pad(image[None], (0, -w % 32, 0, -h % 32))
    return net(x).argmax(1)[0, :h, :w]
