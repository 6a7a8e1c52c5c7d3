"""Width and height are swapped in the new size.

loses: 13.7.2/resize, 13.7.2/resize-details
says: the resized image has shape
"""

import torch.nn.functional as F


def resize_with_boxes(image, boxes, scale):
    h, w = image.shape[1:]
    return F.interpolate(image[None], size=(round(w * scale), round(h * scale)), mode="bilinear")[0], boxes * scale
