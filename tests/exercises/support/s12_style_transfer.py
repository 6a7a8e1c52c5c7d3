"""What 13.12 needs beside the student's code: a net whose features are easy to follow, and one with textures."""

import torch
from torch import nn


def easy_net(layers):
    """Layer i turns x into 2·x + i + 1, pixel by pixel; the net notes which of its layers ran."""
    net = nn.Sequential(*[nn.Conv2d(1, 1, 1) for _ in range(layers)])
    net.ran = []
    for i, layer in enumerate(net):
        nn.init.constant_(layer.weight, 2.0)
        nn.init.constant_(layer.bias, i + 1.0)
        layer.register_forward_hook(lambda *_, i=i: net.ran.append(i))
    return net.eval()


def runs(net):
    """How often each layer of an `easy_net` has run."""
    return [net.ran.count(i) for i in range(len(net))]


def texture_net():
    """Three small convolutions with random filters; halves the size once. Always the same."""
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(8, 12, 3, padding=1), nn.ReLU(),
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    for layer in net[0], net[2], net[5]:
        nn.init.kaiming_normal_(layer.weight, generator=generator)
        nn.init.zeros_(layer.bias)
    return net.eval()
