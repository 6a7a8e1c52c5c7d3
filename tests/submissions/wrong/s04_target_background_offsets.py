"""The offsets of background anchors are not zeroed.

loses: 13.4.3/target-offsets
says: background
"""

import torch
from solution import assign_anchor_to_bbox, offset_boxes


def multibox_target(anchors, labels):
    images = [one_image(anchors[0], label) for label in labels]
    return tuple(torch.stack(part) for part in zip(*images))


def one_image(anchors, label):
    owner = assign_anchor_to_bbox(label[:, 1:], anchors, anchors.device)
    positive = owner.ge(0)
    kind = (label[owner, 0].long() + 1) * positive
    offset = offset_boxes(anchors, label[owner, 1:])
    mask = positive.float()[:, None].tile(1, 4)
    return offset.flatten(), mask.flatten(), kind
