"""The images come in the same order in every epoch.

loses: 13.1.1/settings
says: same order
"""

import copy

import torch
from solution import no_aug
from torch.nn import functional as F


def train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device):
    optimizer = torch.optim.Adam(net.parameters(), lr)
    net.train()
    pass
    for _ in range(epochs):
        order = list(range(len(train_set)))
        for i in range(0, len(order), batch_size):
            part = order[i : i + batch_size]
            x = torch.stack([augment(train_set[j][0]) for j in part])
            y = torch.tensor([train_set[j][1] for j in part])
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    return net
