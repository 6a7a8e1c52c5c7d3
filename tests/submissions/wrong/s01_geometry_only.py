"""Three operations of geometry, none of colour.

loses: 13.1.2/operations
says: no random operation on colour
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.RandomRotation(10),
        transforms.RandomCrop(32, padding=4),
        transforms.ToTensor(),
    ])
