"""Beside the student's code in 13.14's training: frozen features as a network trained on ImageNet would give them."""

import torch
from course_support_common import BreedNet, finish, predict, pretrained, watch  # noqa: F401 (checks call them)
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SCORES = 1000


def features(state, seed=0):
    """(n, 3, H, W) → (n, 1000). state: None for a trunk that was never trained

    The last layer only spreads the trunk's features over as many numbers as ImageNet has classes.
    """
    generator = torch.Generator().manual_seed(seed)
    trunk = (BreedNet(2) if state is None else pretrained(state)).features
    spread = nn.Linear(BreedNet.widths[-1], SCORES)
    with torch.no_grad():
        spread.weight.copy_(torch.randn(spread.weight.shape, generator=generator) / 8)
        spread.bias.zero_()
    if state is None:
        trunk.train()(torch.rand(64, 3, 40, 40, generator=generator))  # statistics that fit
    return nn.Sequential(trunk, spread).eval()


def loader(images, labels, batch_size, shuffle):
    return DataLoader(TensorDataset(images.float() / 255, labels), batch_size, shuffle=shuffle)


def device_of(name):
    return torch.device(name)
