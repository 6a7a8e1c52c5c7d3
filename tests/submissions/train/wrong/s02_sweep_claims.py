"""The sweep measures on the training set.

loses: 13.2.1/trained-sweep
says: not those of the nets
"""

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader


def fit(net, data, groups, epochs, batch_size):
    optimizer = torch.optim.Adam(groups)
    net.train()
    for _ in range(epochs):
        for X, y in DataLoader(data, batch_size, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(net(X), y).backward()
            optimizer.step()


def accuracy(net, data):
    net.eval()
    with torch.no_grad():
        right = sum(int((net(X).argmax(1) == y).sum()) for X, y in DataLoader(data, 64))
    return right / len(data)


def groups_of(net, lr):
    return [
        {"params": [p for n, p in net.named_parameters() if not n.startswith("fc.")], "lr": lr},
        {"params": net.fc.parameters(), "lr": 10 * lr},
    ]


def lr_sweep(make_net, train_set, test_set, lrs, *, epochs, batch_size, head='fc', device='cpu', seed=0):
    found = {}
    for lr in lrs:
        net = make_net()
        fit(net, train_set, groups_of(net, lr), epochs, batch_size)
        found[lr] = accuracy(net, train_set)
    return found
