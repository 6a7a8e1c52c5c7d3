"""The summed loss is divided by the number of batches.

loses: 13.14.1/loss, 13.14.1/loss-mode
says: this is the sum
"""

import torch
from torch import nn

loss = nn.CrossEntropyLoss(reduction="none")


def evaluate_loss(data_iter, net, device):
    was_training = net.training
    net.eval()
    total, n = 0.0, 0
    with torch.no_grad():
        for features, labels in data_iter:
            l = loss(net(features.to(device)), labels.to(device))
            total += float(l.sum())
            n += 1
    net.train(was_training)
    return total / n
