"""A vertical flip, although up and down belong to the label.

loses: 13.1.2/label
says: upside down
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.RandomVerticalFlip(),
        transforms.RandomCrop(32, padding=4),
        transforms.ColorJitter(0.3, 0.3, 0.3),
        transforms.ToTensor(),
    ])
