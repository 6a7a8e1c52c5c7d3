"""Beside the student's code in 13.13: nets that keep a log, loaders, transforms applied many times, files."""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Recorder(nn.Module):
    """A small net that notes, at each call, its mode, the images it is shown and the weights it has."""

    def __init__(self, body):
        super().__init__()
        self.body = body
        self.log = []

    def forward(self, X):
        weights = torch.cat([p.detach().reshape(-1).clone() for p in self.body.parameters()])
        entry = {"training": self.training, "grad": torch.is_grad_enabled(), "images": X.detach().clone()}
        self.log.append(entry | {"weights": weights})
        return self.body(X)


def linear_net(inputs, classes, bias=True, batch_norm=False):
    """Flattened image → scores, as a Recorder in evaluation mode: training has to switch the mode."""
    layers = [nn.Flatten()] + ([nn.BatchNorm1d(inputs)] if batch_norm else [])
    return Recorder(nn.Sequential(*layers, nn.Linear(inputs, classes, bias=bias))).eval()


def picture_net(classes, batch_norm=False):
    """For pictures of any size, pooled to 8×8: an 8×8 picture stays as it is."""
    layers = [nn.AdaptiveAvgPool2d(8), nn.Flatten()] + ([nn.BatchNorm1d(192)] if batch_norm else [])
    return Recorder(nn.Sequential(*layers, nn.Linear(192, classes))).eval()


def log(net):
    return net.log


def loader(X, y, batch_size):
    return DataLoader(TensorDataset(X, y), batch_size)


def weights(net):
    """All parameters and buffers in one vector."""
    return torch.cat([t.detach().reshape(-1).double() for t in net.state_dict().values()])


def measure(net, X, y):
    """(mean loss, accuracy) in evaluation mode."""
    was_training = net.training
    net.eval()
    with torch.no_grad():
        scores = net(X)
        result = float(F.cross_entropy(scores, y)), float((scores.argmax(1) == y).double().mean())
    net.train(was_training)
    return result


def draws(transform, image, count):
    return [transform(image.copy()) for _ in range(count)]


def scores(net, X):
    """In evaluation mode."""
    net.eval()
    with torch.no_grad():
        return net(X)


def gradient_report(net, X, y):
    """After one backward pass: names of parameters that are frozen, and of those that got no gradient."""
    net.train()
    F.cross_entropy(net(X), y).backward()
    named = dict(net.named_parameters())
    return {
        "count": len(named),
        "frozen": [n for n, p in named.items() if not p.requires_grad],
        "idle": [n for n, p in named.items() if p.requires_grad and p.grad is None],
    }


def share_parameters(a, b, X):
    """Whether two nets hold a parameter in common; lazy layers get theirs from X."""
    a(X), b(X)
    return bool({p.data_ptr() for p in a.parameters()} & {p.data_ptr() for p in b.parameters()})


def tree(folder):
    """Relative path → content of every file below `folder`."""
    root = Path(folder)
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def read_text(path):
    return Path(path).read_text(encoding="utf-8")
