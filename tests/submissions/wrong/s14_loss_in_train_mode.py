"""The loss is measured in whatever mode the net is in (as in the book): dropout disturbs it.

loses: 13.14.1/loss-mode
says: net with dropout that was in train mode
"""

import torch
from torch.nn import functional as F


def evaluate_loss(data_iter, net, device):
    total = count = 0
    with torch.no_grad():
        for images, breeds in data_iter:
            total += F.cross_entropy(net(images.to(device)), breeds.to(device), reduction="sum").item()
            count += len(breeds)
    return total / count
