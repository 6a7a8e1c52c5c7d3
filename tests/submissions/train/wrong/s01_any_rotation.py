"""Rotations by any angle.

loses: 13.1.2/trained
says: upright|upside
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(), transforms.RandomRotation(180), transforms.ColorJitter(0.3, 0.3, 0.3),
        transforms.ToTensor(),
    ])
