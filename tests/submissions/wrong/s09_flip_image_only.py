"""The flip forgets the mask.

loses: 13.9.2/joint-random, 13.9.2/joint-together
says: moved differently
"""

import torch
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms import functional as F


def joint_transform(image, mask):
    size = list(mask.shape)
    rect = RandomResizedCrop.get_params(image, (0.4, 1.0), (0.8, 1.25))
    image = F.resized_crop(image, *rect, size, antialias=True)
    mask = F.resized_crop(mask[None], *rect, size, InterpolationMode.NEAREST)[0]
    if torch.rand(1) < 0.5:
        image = F.hflip(image)
    return image, mask
