"""Flips upside down instead of left to right.

loses: 13.1.1/trained
says: mirrored|accuracy
"""

from torchvision import transforms


def flip_aug():
    return transforms.Compose([transforms.RandomVerticalFlip(), transforms.ToTensor()])
