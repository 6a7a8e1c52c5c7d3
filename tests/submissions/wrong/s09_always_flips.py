"""The flip is not random.

loses: 13.9.2/joint-random
says: mirrored
"""

from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms import functional as F


def joint_transform(image, mask):
    size = list(mask.shape)
    rect = RandomResizedCrop.get_params(image, (0.4, 1.0), (0.8, 1.25))
    image = F.resized_crop(image, *rect, size, antialias=True)
    mask = F.resized_crop(mask[None], *rect, size, InterpolationMode.NEAREST)[0]
    return F.hflip(image), F.hflip(mask)
