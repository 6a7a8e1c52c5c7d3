"""The size changes.

loses: 13.1.2/form, 13.1.2/label, 13.1.2/operations, 13.1.2/random, 13.1.2/seed
says: has shape \(3, 28, 28\), wanted \(3, 32, 32\)
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.RandomCrop(28),
        transforms.ColorJitter(0.3, 0.3, 0.3),
        transforms.ToTensor(),
    ])
