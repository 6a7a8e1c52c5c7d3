"""Three operations with fixed parameters.

loses: 13.1.2/operations, 13.1.2/random
says: nothing in the pipeline is random
"""

from torchvision.transforms import functional as F


def combined_aug():
    return lambda image: F.adjust_brightness(F.adjust_contrast(F.hflip(F.to_tensor(image)), 1.2), 0.9)
