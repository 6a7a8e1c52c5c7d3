"""No mirror: shifts with padding, small turns, colours, and a little noise."""

import torch
from torchvision.transforms import v2


def combined_aug():
    return v2.Compose([
        v2.ToImage(), v2.RandomCrop(32, padding=3, padding_mode="edge"), v2.RandomRotation(10),
        v2.ColorJitter(0.4, 0.4, 0.4), v2.ToDtype(torch.float32, scale=True), v2.GaussianNoise(sigma=0.02), v2.ToPureTensor(),
    ])
