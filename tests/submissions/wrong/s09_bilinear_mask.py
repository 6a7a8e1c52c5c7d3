"""The mask is resized bilinearly like the image and rounded.

loses: 13.9.2/joint-classes
says: classes were averaged
"""

import torch
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms import functional as F


def joint_transform(image, mask):
    size = list(mask.shape)
    rect = RandomResizedCrop.get_params(image, (0.4, 1.0), (0.8, 1.25))
    image = F.resized_crop(image, *rect, size, antialias=True)
    mask = F.resized_crop(mask[None].float(), *rect, size, antialias=True)[0].round().long()
    if torch.rand(1) < 0.5:
        image, mask = F.hflip(image), F.hflip(mask)
    return image, mask
