"""Course code that runs beside the student's: small sequences of layers, and layers that note how they are run."""

import torch
from torch import nn


class Noted(nn.Module):
    """Adds `step` to its input and notes how often it ran and whether gradients were recorded."""

    def __init__(self, step):
        super().__init__()
        self.step, self.runs, self.recorded = step, 0, []

    def forward(self, x):
        self.runs += 1
        self.recorded.append(torch.is_grad_enabled())
        return x * 2 + self.step


def noted_layers(count):
    """A sequence of layers of which no two give the same output."""
    return nn.Sequential(*(Noted(i + 1) for i in range(count)))


def runs(net):
    """How often each layer ran."""
    return [layer.runs for layer in net]


def recorded(net):
    """Whether every run of a layer recorded gradients."""
    return [all(layer.recorded) and bool(layer.recorded) for layer in net]


def random_features():
    """A small stack of random convolutions, always the same one: layers 1, 3, 6, 8 are the activations."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12)
        layers, channels = [], 3
        for width in (8, 8, 16, 16):
            conv = nn.Conv2d(channels, width, 3, padding=1)
            nn.init.kaiming_normal_(conv.weight)
            nn.init.zeros_(conv.bias)
            layers += [conv, nn.ReLU()]
            channels = width
        layers.insert(4, nn.AvgPool2d(2))
    return nn.Sequential(*layers).eval()
