"""The coin is tossed when the augmentation is made, not when it is called.

loses: 13.1.1/flip
says: of 1000 draws are mirrored
"""

import random

from solution import no_aug
from torchvision.transforms import v2


def flip_aug():
    mirrored = random.random() < 0.5
    return v2.Compose([v2.RandomHorizontalFlip(p=1.0 if mirrored else 0.0), no_aug()])
