"""The book's transforms: no uint8 tensors.

loses: 13.1.1/tensors
says: uint8 tensor|PIL
"""

from torchvision import transforms


def no_aug():
    return transforms.ToTensor()


def flip_aug():
    return transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
