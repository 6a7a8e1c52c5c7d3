"""net.train() only before the first epoch: after validation the net stays in evaluation mode.

loses: 13.13.1/train, 13.13.1/train-validation
says: training steps in train mode
"""

import torch
from torch.nn import functional as F


def _accuracy(net, data_iter, device):
    net.eval()
    right = count = 0
    with torch.no_grad():
        for X, y in data_iter:
            right += int((net(X.to(device)).argmax(dim=1) == y.to(device)).sum())
            count += len(y)
    return right / count


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net.to(device)
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history = {"train_loss": [], "train_acc": [], "valid_acc": []}
    for epoch in range(num_epochs):
        total = right = count = 0.0
        for X, y in train_iter:
            X, y = X.to(device), y.to(device)
            scores = net(X)  # (N, classes)
            loss = F.cross_entropy(scores, y)
            if not loss.isfinite():
                raise FloatingPointError(
                    f"the loss is not finite (NaN or infinity) in epoch {epoch + 1}: lower lr={lr}"
                )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += int((scores.argmax(dim=1) == y).sum())
            count += len(y)
        scheduler.step()
        history["train_loss"].append(total / count)
        history["train_acc"].append(right / count)
        if valid_iter is not None:
            history["valid_acc"].append(_accuracy(net, valid_iter, device))
    return history
