"""Image and boxes are flipped upside down.

loses: 13.6.2/flip
says: left to right
"""
import torch


def hflip_with_boxes(image, boxes):
    h = image.shape[-2]
    return image.flip(-2), torch.stack((boxes[:, 0], h - boxes[:, 3], boxes[:, 2], h - boxes[:, 1]), 1)
