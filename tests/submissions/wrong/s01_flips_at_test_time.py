"""The test images are flipped too.

loses: 13.1.1/no-aug
says: flip at test time|element
"""

from torchvision import transforms


def no_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.Lambda(lambda i: transforms.functional.pil_to_tensor(i).float() / 255 if not hasattr(i, "ndim") else i / 255),
    ])
