"""The image is resized and the boxes stay where they were.

loses: 13.7.2/resize-boxes, 13.7.2/resize-details
says: boxes: element|object does not fill its box
"""

import torch.nn.functional as F


def resize_with_boxes(image, boxes, scale):
    h, w = image.shape[1:]
    return F.interpolate(image[None], size=(round(h * scale), round(w * scale)), mode="bilinear")[0], boxes.clone()
