"""Width and height are swapped in the centre form.

loses: 13.3.2/corner-to-center, 13.3.2/integers, 13.3.2/leading-shape, 13.3.2/round-trip
says: box_corner_to_center|element
"""

import torch


def box_corner_to_center(boxes):
    corners = boxes.reshape(-1, 2, 2)
    size = corners[:, 1] - corners[:, 0]
    return torch.cat((corners.sum(dim=1) / 2, size.flip(1)), dim=1)
