"""The window is w×h instead of h×w.

loses: 13.9.2/crop, 13.9.2/crop-random
says: cropped image has shape
"""

from torchvision.transforms import RandomCrop
from torchvision.transforms import functional as F


def voc_rand_crop(feature, label, height, width):
    side = min(feature.shape[1:])
    window = RandomCrop.get_params(feature, (min(width, side), min(height, side)))
    return F.crop(feature, *window), F.crop(label, *window)
