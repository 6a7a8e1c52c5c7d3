"""Beside the student's code in 13.14: small feature extractors, nets that keep a log, loaders, files."""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


def features(width):
    """A small stand-in for a pretrained network: images (N, 3, H, W) of any size → (N, width)."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, width),
    )


class Recorder(nn.Module):
    """Frozen features and a trainable head; notes at each call mode, images and the head's weights."""

    def __init__(self, body, head):
        super().__init__()
        self.body = body.requires_grad_(False)
        self.head = head
        self.log = []

    def forward(self, X):
        weights = torch.cat([p.detach().reshape(-1).clone() for p in self.head.parameters()])
        entry = {"training": self.training, "grad": torch.is_grad_enabled(), "images": X.detach().clone()}
        self.log.append(entry | {"weights": weights})
        return self.head(self.body(X))


def frozen_net(inputs, classes, bias=True, noisy=False):
    """Images → scores, a Recorder in evaluation mode; `noisy` adds layers that differ in train mode."""
    width = 2 * inputs
    body = nn.Sequential(nn.Flatten(), nn.Linear(inputs, width, bias=bias))
    between = [nn.BatchNorm1d(width), nn.Dropout(0.5)] if noisy else []
    return Recorder(body, nn.Sequential(*between, nn.Linear(width, classes, bias=bias))).eval()


def set_mode(net, training):
    net.train(training)


def log(net):
    return net.log


def loader(X, y, batch_size):
    return DataLoader(TensorDataset(X, y), batch_size)


def measure(net, X, y):
    """Mean loss in evaluation mode; the mode stays."""
    was_training = net.training
    net.eval()
    with torch.no_grad():
        loss = float(F.cross_entropy(net(X), y))
    net.train(was_training)
    return loss


def scores(net, X):
    """In evaluation mode; the mode stays."""
    was_training = net.training
    net.eval()
    with torch.no_grad():
        result = net(X)
    net.train(was_training)
    return result


def optimiser_steps(net, X, y):
    """Three steps on all parameters, with weight decay: what requires no gradients gets none and stays."""
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(net(X), y).backward()
        optimizer.step()


def sizes(net):
    """How many numbers of the net are frozen, and how many are trained."""
    trained = sum(p.numel() for p in net.parameters() if p.requires_grad)
    return {"trained": trained, "frozen": sum(p.numel() for p in net.parameters()) - trained}


def read_text(path):
    return Path(path).read_text(encoding="utf-8")
