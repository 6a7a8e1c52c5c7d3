"""The gradients are never set to zero.

loses: 13.14.1/train, 13.14.1/train-schedule
says: gradients add up
"""

import torch
from solution import evaluate_loss
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
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            count += len(y)
        scheduler.step()
        history["train_loss"].append(total / count)
        if valid_iter is not None:
            history["valid_loss"].append(evaluate_loss(valid_iter, net, device))
    return history
