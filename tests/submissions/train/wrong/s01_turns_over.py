"""The combination includes vertical flips.

loses: 13.1.2/trained
says: upright|upside
"""

from torchvision import transforms


def combined_aug():
    return transforms.Compose([
        transforms.RandomHorizontalFlip(), transforms.RandomVerticalFlip(), transforms.ColorJitter(0.3, 0.3, 0.3),
        transforms.RandomAffine(10, translate=(0.1, 0.1)), transforms.ToTensor(),
    ])
