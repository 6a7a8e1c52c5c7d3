"""Edges are taken for pixel indices: one pixel to the left.

loses: 13.6.2/flip
says: convention differs: edges are pixel indices|has no area, or leaves
"""
import torch


def hflip_with_boxes(image, boxes):
    w = image.shape[-1]
    return image.flip(-1), torch.stack((w - 1 - boxes[:, 2], boxes[:, 1], w - 1 - boxes[:, 0], boxes[:, 3]), 1)
