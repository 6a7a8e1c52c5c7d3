"""Width and height are swapped in the centre form.

loses: 13.3.2/corner-to-center, 13.3.2/integers, 13.3.2/leading-shape, 13.3.2/round-trip
says: box_corner_to_center|element
"""

import torch


def box_corner_to_center(boxes):
    x1, y1, x2, y2 = boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3]
    return torch.stack(((x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1), dim=-1)
