"""An entry that crashes on an image.

loses: 13.1.3/different, 13.1.3/runs
says: crop|size|larger
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries["big crop"] = v2.RandomCrop(300)
    return entries
