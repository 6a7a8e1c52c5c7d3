"""Flips upside down instead of left and right.

loses: 13.1.1/flip
says: upside down
"""

from solution import no_aug
from torchvision.transforms import v2


def flip_aug():
    return v2.Compose([v2.RandomVerticalFlip(), no_aug()])
