"""The whole picture is one box.

loses: 13.3.1/label
says: IoU with the instructor's box is 0\.\d+, wanted at least 0.70
"""
import torch


def label_object(image):
    return torch.tensor([0.0, 0.0, image.size[0], image.size[1]])
