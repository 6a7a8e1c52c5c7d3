"""What 13.12 needs beside the student's code: tiny feature networks with given weights that note their calls."""

import torch
from torch import nn


def features(layers):
    """An nn.Sequential that notes which of its layers ran.

    layers  for each layer a (weight, bias) of a 3×3 convolution with padding 1, or the name "relu" or "pool"
    """
    net = nn.Sequential(*[_layer(given) for given in layers])
    net.ran = []
    for i, layer in enumerate(net):
        layer.register_forward_hook(lambda *_, i=i: net.ran.append((i, torch.is_grad_enabled())))
    return net.eval()


def _layer(given):
    if given == "relu":
        return nn.ReLU()
    if given == "pool":
        return nn.AvgPool2d(2)
    weight, bias = given
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
    with torch.no_grad():
        conv.weight.copy_(weight)
        conv.bias.copy_(bias)
    return conv


def ran(net):
    """(index of the layer, whether gradients were recorded) for each run of a layer so far."""
    return list(net.ran)
