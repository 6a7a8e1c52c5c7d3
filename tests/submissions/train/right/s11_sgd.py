"""SGD with momentum at its own rate."""

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader


def train_fcn(train_set, *, net, epochs, batch_size, lr, device):
    net.to(device).train()
    parameters = net.parameters()
    optimizer = torch.optim.SGD(parameters, 0.1, momentum=0.9, weight_decay=1e-4)
    for _ in range(epochs):
        for X, y in DataLoader(train_set, batch_size, shuffle=True):
            X, y = X.to(device), y.to(device)
            loss = F.cross_entropy(net(X), y, ignore_index=255)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net
