"""Erases so much of every picture that nobody could name the thing.

loses: 13.1.2/trained
says: accuracy|upright|gain
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.ColorJitter(0.3, 0.3, 0.3), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
        transforms.RandomErasing(p=1.0, scale=(0.85, 0.95), ratio=(0.9, 1.1)),
    ])
