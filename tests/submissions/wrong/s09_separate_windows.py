"""The same transform object is called twice: image and mask get windows and flips of their own.

loses: 13.9.2/joint-together
says: moved differently
"""

from torchvision import transforms
from torchvision.transforms import InterpolationMode


def joint_transform(image, mask):
    def augment(mode):
        return transforms.Compose([
            transforms.RandomHorizontalFlip(),
            transforms.RandomResizedCrop(tuple(mask.shape), scale=(0.4, 1.0), interpolation=mode),
        ])
    return augment(InterpolationMode.BILINEAR)(image), augment(InterpolationMode.NEAREST)(mask[None])[0]
