"""Loops over single images, subclassing, float64, a momentum optimiser of one's own, a dict of columns."""

import math
import os

import torch
from torch import nn


def get_net(features=None, num_classes=120, *, arch="resnet34", weights=None):
    from torchvision import models

    if features is None:
        features = {"resnet18": models.resnet18, "resnet34": models.resnet34, "resnet50": models.resnet50}[arch](weights=weights)
    for p in features.parameters():
        p.requires_grad = False
    width = [m for m in features.modules() if isinstance(m, nn.Linear)][-1].out_features

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = features
            self.output = nn.Linear(width, num_classes)

        def forward(self, X):
            return self.output(torch.relu(self.features(X)))

    return Net()


def evaluate_loss(data_iter, net, device="cpu"):
    before = net.training
    net.train(False)
    losses = []
    for X, y in data_iter:
        for i in range(len(y)):
            with torch.no_grad():
                p = torch.softmax(net(X[i:i + 1].to(device))[0].double(), 0)
            losses.append(-math.log(max(p[int(y[i])].item(), 1e-300)))
    net.train(before)
    return torch.tensor(losses).mean()


def train(net, train_iter, valid_iter, num_epochs, lr, wd, device, lr_period, lr_decay):
    params = list(filter(lambda p: p.requires_grad, net.parameters()))
    state = [torch.zeros_like(p) for p in params]
    train_loss, valid_loss = [], []
    for epoch in range(num_epochs):
        rate = lr
        for _ in range(epoch // lr_period):
            rate = rate * lr_decay
        net.train()
        s, n = 0.0, 0
        for X, y in train_iter:
            l = nn.CrossEntropyLoss()(net(X), y)
            grads = torch.autograd.grad(l, params)
            for p, v, g in zip(params, state, grads):
                v.mul_(0.9).add_(g + wd * p.data)
                p.data -= rate * v
            s, n = s + float(l) * y.shape[0], n + y.shape[0]
        train_loss += [s / n]
        if valid_iter is not None:
            valid_loss += [evaluate_loss(valid_iter, net, device)]
    return dict(train_loss=train_loss, valid_loss=valid_loss)


def predict_proba(net, loader):
    before = net.training
    net.eval()
    rows = []
    for X, _ in loader:
        for x in X:
            with torch.no_grad():
                s = net(x.unsqueeze(0)).squeeze(0).double()
            rows.append(torch.exp(s) / torch.exp(s).sum())
    net.train(before)
    return torch.stack(rows)


def write_submission(probs, classes, path, test_dir):
    names = os.listdir(test_dir)
    names.sort()
    text = "id"
    for c in classes:
        text += "," + c
    for name, row in zip(names, probs):
        text += "\n" + os.path.splitext(name)[0]
        for value in row:
            text += "," + repr(float(value))
    open(path, "w").write(text + "\n")


def choose_backbone(results):
    usable = [(run["valid_loss"], name) for name, run in results.items() if run["valid_loss"] == run["valid_loss"]]
    return sorted(usable)[0][1]
