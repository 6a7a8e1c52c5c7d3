"""13.3 Object detection and bounding boxes.

A box is (x1, y1, x2, y2): its upper-left and lower-right corner, x to the right, y downwards.
"""

import torch
from torch import Tensor


def label_object(image) -> Tensor:
    """13.3.1 Label the cup in the picture by hand.

    image: PIL image, the photo `images/coffee.jpg` of the template
    returns: (4,) corner box in pixels around the cup with its handle, without saucer and spoon

    Open the picture, read off the two corners, return them. No detector is needed.
    """
    raise NotImplementedError


def box_to_rect(box: Tensor) -> tuple[float, float, float, float]:
    """13.3.1 The form in which drawing libraries want a box: upper-left corner, width, height.

    box: (4,) corner box
    returns: (x, y, w, h) as four numbers
    """
    raise NotImplementedError


def box_corner_to_center(boxes: Tensor) -> Tensor:
    """13.3.2 From corners to centre and size.

    boxes: (n, 4) of (x1, y1, x2, y2); other leading shapes (..., 4) earn a bonus
    returns: the same shape, (cx, cy, w, h)
    """
    raise NotImplementedError


def box_center_to_corner(boxes: Tensor) -> Tensor:
    """13.3.2 From centre and size to corners: the inverse of `box_corner_to_center`.

    boxes: (n, 4) of (cx, cy, w, h); other leading shapes (..., 4) earn a bonus
    returns: the same shape, (x1, y1, x2, y2)
    """
    raise NotImplementedError


answer_13_3_1 = """
"""


answer_13_3_2 = """
"""
