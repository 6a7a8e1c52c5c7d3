"""Features as a submodule, a head with dropout; losses added up."""

import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self, features, num_classes):
        super().__init__()
        self.features = features
        self.output_new = nn.Sequential(nn.Linear(1000, 256), nn.ReLU(), nn.Linear(256, num_classes))

    def forward(self, X):
        return self.output_new(self.features(X))


def get_net(features, num_classes=120):
    for p in features.parameters():
        p.requires_grad = False
    return Net(features, num_classes)


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    net = nn.DataParallel(net).to(device)
    optimizer = torch.optim.SGD((p for p in net.parameters() if p.requires_grad), lr=lr, momentum=0.9, weight_decay=wd)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, lr_period, lr_decay)
    history = {"train_loss": [], "valid_loss": []}
    for _ in range(num_epochs):
        net.train()
        total, n = 0.0, 0
        for X, y in train_iter:
            loss = F.cross_entropy(net(X.to(device)), y.to(device), reduction="none")
            optimizer.zero_grad()
            loss.sum().backward()
            optimizer.step()
            total, n = total + float(loss.sum()), n + len(y)
        scheduler.step()
        history["train_loss"].append(total / n)
        with torch.no_grad():
            net.eval()
            losses = torch.cat([F.cross_entropy(net(X.to(device)), y.to(device), reduction="none") for X, y in valid_iter])
            history["valid_loss"].append(float(losses.mean()))
    return history


def predict_proba(net, loader):
    net.eval()
    with torch.no_grad():
        return torch.cat([F.softmax(net(X), dim=1) for X, _ in loader])
