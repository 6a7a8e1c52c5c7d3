"""Never steps.

loses: 13.14.1/trained, 13.14.2/trained
says: loss
"""

import torch
from torch import nn
from torch.nn import functional as F


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net.to(device)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history = {"train_loss": [], "valid_loss": []}
    for _ in range(num_epochs):
        net.train()
        for X, y in train_iter:
            loss = F.cross_entropy(net(X), y)
            optimizer.zero_grad()
            loss.backward()
        scheduler.step()
        history["train_loss"].append(float(loss))
        with torch.no_grad():
            history["valid_loss"].append(sum(float(F.cross_entropy(net(X), y)) for X, y in valid_iter) / len(valid_iter))
    return history
