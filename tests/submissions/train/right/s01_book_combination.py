"""The book's combination: mirror, strong changes of colour, crops of a tenth of the area and more."""

import torchvision


def combined_aug():
    shape_aug = torchvision.transforms.RandomResizedCrop((32, 32), scale=(0.1, 1), ratio=(0.5, 2))
    color_aug = torchvision.transforms.ColorJitter(brightness=0.5, contrast=0.5, saturation=0.5, hue=0.5)
    return torchvision.transforms.Compose(
        [torchvision.transforms.RandomHorizontalFlip(), color_aug, shape_aug, torchvision.transforms.ToTensor()]
    )
