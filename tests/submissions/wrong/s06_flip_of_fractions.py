"""Boxes are mirrored as if they were fractions of the image.

loses: 13.6.2/flip
says: leaves the image|mirrored boxes|painted from the mirrored box
"""
import torch


def hflip_with_boxes(image, boxes):
    return image.flip(-1), torch.stack((1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]), 1)
