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
    return torch.tensor([173.0, 16.0, 408.0, 309.0])


def box_to_rect(box: Tensor) -> tuple[float, float, float, float]:
    """13.3.1 The form in which drawing libraries want a box: upper-left corner, width, height.

    box: (4,) corner box
    returns: (x, y, w, h) as four numbers
    """
    x1, y1, x2, y2 = (float(v) for v in box)
    return x1, y1, x2 - x1, y2 - y1


def box_corner_to_center(boxes: Tensor) -> Tensor:
    """13.3.2 From corners to centre and size.

    boxes: (n, 4) of (x1, y1, x2, y2); other leading shapes (..., 4) earn a bonus
    returns: the same shape, (cx, cy, w, h)
    """
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), dim=-1)


def box_center_to_corner(boxes: Tensor) -> Tensor:
    """13.3.2 From centre and size to corners: the inverse of `box_corner_to_center`.

    boxes: (n, 4) of (cx, cy, w, h); other leading shapes (..., 4) earn a bonus
    returns: the same shape, (x1, y1, x2, y2)
    """
    cx, cy, w, h = boxes.unbind(-1)
    return torch.stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), dim=-1)


answer_13_3_1 = """
Drawing the box takes longer. Naming the category is one decision among known words; a box is four
numbers, each of which has to be placed to within a few pixels, checked, and corrected where the outline is
unclear (fur, shadow, a part hidden behind something). Studies of annotation for large data sets report
tens of seconds for a box that is checked, against about a second for a word.

画边界框更费时间。判断类别只需在已知的词中选一个；而边界框需要确定四个数，每一个都要精确到几个像素，
遇到毛发、阴影或遮挡时还要反复修正。大型数据集的标注研究表明：一个经过核对的框要几十秒，一个类别约一秒。
Source: Su, Deng, Fei-Fei, Crowdsourcing Annotations for Visual Object Detection (2012).
"""

answer_13_3_2 = """
An axis-aligned rectangle has four degrees of freedom, so four numbers are needed and four are enough. Two
opposite corners give them, (x1, y1, x2, y2), and so do the centre with width and height, (cx, cy, w, h). The
number does not come from counting the corners: all of them would be eight numbers, half of them repeated.

与坐标轴平行的矩形有四个自由度，因此恰好需要四个数：可以是左上角和右下角两个对角点 (x1, y1, x2, y2)，
也可以是中心加宽和高 (cx, cy, w, h)。四并不来自角的个数：写出所有的角需要八个数，其中一半是重复的。
"""
