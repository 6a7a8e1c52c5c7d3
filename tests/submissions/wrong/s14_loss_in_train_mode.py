"""The loss is measured in whatever mode the net is in (as in the book): dropout disturbs it.

loses: 13.14.1/loss-mode
says: net with dropout that was in train mode
"""

import torch
from torch import nn

loss = nn.CrossEntropyLoss(reduction="none")


def evaluate_loss(data_iter, net, device):
    total, n = 0.0, 0
    with torch.no_grad():
        for features, labels in data_iter:
            l = loss(net(features.to(device)), labels.to(device))
            total += float(l.sum())
            n += labels.numel()
    return total / n
