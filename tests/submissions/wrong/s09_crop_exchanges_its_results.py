"""The label is returned first.

loses: 13.9.2/crop, 13.9.2/crop-random
says: image is not a window of the image
"""

from torchvision.transforms import RandomCrop
from torchvision.transforms import functional as TF


def voc_rand_crop(feature, label, height, width):
    window = RandomCrop.get_params(feature, (height, width))
    return TF.crop(label, *window), TF.crop(feature, *window)
