"""A class instead of an instance.

loses: 13.1.3/different, 13.1.3/runs
says: object, wanted an image
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries["policy"] = v2.TrivialAugmentWide
    return entries
