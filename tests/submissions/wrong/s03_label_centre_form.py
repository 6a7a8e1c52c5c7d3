"""Centre and size instead of two corners.

loses: 13.3.1/label
says: x1 < x2|IoU with the instructor's box
"""
import torch


def label_object(image):
    return torch.tensor([290.5, 162.5, 235.0, 293.0])
