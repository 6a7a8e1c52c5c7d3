"""After evaluate_loss the net is always in train mode.

loses: 13.14.1/loss-mode
says: is left in train mode
"""

import torch
from torch import nn

loss = nn.CrossEntropyLoss(reduction="none")


def evaluate_loss(data_iter, net, device):
    net.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for features, labels in data_iter:
            l = loss(net(features.to(device)), labels.to(device))
            total += float(l.sum())
            n += labels.numel()
    net.train()
    return total / n
