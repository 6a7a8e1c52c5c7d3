"""The mask has one value per anchor instead of four.

loses: 13.4.3/target-mask
says: four values per anchor
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
    offset = offset_boxes(anchors, label[owner, 1:]) * positive[:, None]
    mask = positive.float()
    return offset.flatten(), mask.flatten(), kind
