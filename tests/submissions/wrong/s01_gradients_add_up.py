"""The gradients are never set to zero.

loses: 13.1.1/settings
says: gradients add up
"""

import torch
from torch.nn import functional as F


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    optimizer = torch.optim.Adam(net.parameters(), lr)
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(train_set)).tolist()
        for i in range(0, len(order), batch_size):
            part = order[i : i + batch_size]
            x = torch.stack([augment(train_set[j][0]) for j in part])
            y = torch.tensor([train_set[j][1] for j in part])
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    return net
