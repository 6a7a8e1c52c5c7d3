"""A name that torchvision does not have.

loses: 13.1.3/different, 13.1.3/families, 13.1.3/runs
says: no attribute
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries["shear"] = v2.RandomShear(10)
    return entries
