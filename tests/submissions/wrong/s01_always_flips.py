"""Flips every time.

loses: 13.1.1/flip
says: 1000 of 1000 draws
"""

from solution import no_aug
from torchvision.transforms import v2


def flip_aug():
    return v2.Compose([v2.RandomHorizontalFlip(p=1.0), no_aug()])
