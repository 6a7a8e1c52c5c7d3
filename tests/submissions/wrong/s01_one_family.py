"""Ten transforms of colour only.

loses: 13.1.3/families
says: families seen: colour
"""

import solution
from torchvision.transforms import v2


def augmentation_catalogue():
    entries = solution.augmentation_catalogue()
    entries = {f"brightness {k}": v2.ColorJitter(brightness=(k / 10, k / 10 + 0.05)) for k in range(1, 11)}
    return entries
