"""Only a flip; no part is cut out.

loses: 13.9.2/joint-random
says: nothing is cut out
"""

import torch


def joint_transform(image, mask):
    if torch.rand(1) < 0.5:
        return image.flip(2), mask.flip(1)
    return image.clone(), mask.clone()
