"""The second corner is taken for width and height.

loses: 13.3.1/rect
says: upper-left corner, then width and height
"""


def box_to_rect(box):
    return tuple(box.tolist())
