"""Only nine.

loses: 13.1.3/runs
says: wanted at least 10
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries = dict(list(entries.items())[3:12])
    return entries
