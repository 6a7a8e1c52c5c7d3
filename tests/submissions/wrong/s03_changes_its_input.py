"""The caller's boxes are overwritten.

loses: 13.3.2/inputs
says: box_corner_to_center changed its input in place
"""
import torch


def box_corner_to_center(boxes):
    result = boxes.clone() if not boxes.is_floating_point() else boxes
    result = result if result.is_floating_point() else result.float()
    size = result[..., 2:] - result[..., :2]
    result[..., :2] += size / 2
    result[..., 2:] = size
    return result
