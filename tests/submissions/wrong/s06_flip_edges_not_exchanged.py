"""x1 and x2 are mirrored and not exchanged: boxes of negative width.

loses: 13.6.2/flip
says: has no area
"""
import torch


def hflip_with_boxes(image, boxes):
    w = image.shape[-1]
    return image.flip(-1), torch.stack((w - boxes[:, 0], boxes[:, 1], w - boxes[:, 2], boxes[:, 3]), 1)
