"""The same transform under two names.

loses: 13.1.3/different
says: are the same transform
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries["mirror"] = v2.RandomHorizontalFlip(p=0.5)
    return entries
