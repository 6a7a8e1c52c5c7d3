"""Validation within train, without net.eval().

loses: 13.14.1/train-validation
says: in train mode on validation images
"""

import torch
from torch.nn import functional as F


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net.to(device)
    trainable = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trainable, lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history = {"train_loss": [], "valid_loss": []}
    for _ in range(num_epochs):
        net.train()
        total, count = 0.0, 0
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            loss = F.cross_entropy(net(X), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        scheduler.step()
        history["train_loss"].append(total / count)
        if valid_iter is not None:
            with torch.no_grad():
                losses = [F.cross_entropy(net(X), y, reduction="none") for X, y in valid_iter]
            history["valid_loss"].append(float(torch.cat(losses).mean()))
    return history
