"""Only a flip and brightness.

loses: 13.1.2/operations
says: fewer than three
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ColorJitter(brightness=0.4), transforms.ToTensor()])
