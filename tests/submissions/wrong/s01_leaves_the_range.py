"""Brightness on floats without a clamp.

loses: 13.1.2/form
says: leave 0..1
"""

import torch
from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.RandomCrop(32, padding=4),
        transforms.ColorJitter(saturation=0.5),
        transforms.ToTensor(),
        transforms.Lambda(lambda x: x * (0.7 + 0.6 * torch.rand(()))),
    ])
