"""After evaluate_loss the net stays in evaluation mode.

loses: 13.14.1/loss-mode
says: is left in evaluation mode
"""

import torch
from torch.nn import functional as F


def evaluate_loss(data_iter, net, device):
    net.eval()
    total = count = 0
    with torch.no_grad():
        for images, breeds in data_iter:
            total += F.cross_entropy(net(images.to(device)), breeds.to(device), reduction="sum").item()
            count += len(breeds)
    return total / count
