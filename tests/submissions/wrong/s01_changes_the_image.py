"""Mirrors the caller's image in place.

loses: 13.1.1/inputs
says: image after flip_aug
"""

import torch
from torchvision.transforms.functional import pil_to_tensor


def flip_aug():
    def flip(image):
        if torch.is_tensor(image):
            return image.float() / 255
        x = pil_to_tensor(image)
        if torch.rand(()) < 0.5:
            x = x.flip(2)
            image.paste(image.transpose(0))
        return x.float() / 255

    return flip
