"""The summed loss is divided by the number of batches.

loses: 13.14.1/loss, 13.14.1/loss-mode
says: this is the sum
"""

import torch
from torch.nn import functional as F


def evaluate_loss(data_iter, net, device):
    mode = net.training
    net.eval()
    total = count = 0
    with torch.no_grad():
        for images, breeds in data_iter:
            total += F.cross_entropy(net(images.to(device)), breeds.to(device), reduction="sum").item()
            count += 1
    net.train(mode)
    return total / count
