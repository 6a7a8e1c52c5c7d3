"""Image and label are cropped at random one after the other: two windows.

loses: 13.9.2/crop
says: draw one window
"""

from torchvision import transforms


def voc_rand_crop(feature, label, height, width):
    crop = transforms.RandomCrop((height, width))
    return crop(feature), crop(label)
