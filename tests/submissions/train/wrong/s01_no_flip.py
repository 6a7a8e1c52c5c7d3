"""The augmentation with flips does not flip.

loses: 13.1.1/trained
says: mirrored|accuracy
"""

from torchvision.transforms import v2
import torch


def flip_aug():
    return v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
