"""Every image gets the targets of the first one.

loses: 13.4.3/target-batch
says: each image alone
"""

import torch
from solution import assign_anchor_to_bbox, offset_boxes


def multibox_target(anchors, labels):
    anchors = anchors.squeeze(0)
    offsets, masks, classes = [], [], []
    for label in [labels[0]] * len(labels):
        which = assign_anchor_to_bbox(label[:, 1:], anchors, anchors.device)
        mask = (which >= 0).float()
        offset = offset_boxes(anchors, label[which, 1:])
        offsets.append((offset * mask[:, None]).reshape(-1))
        masks.append(mask.repeat_interleave(4))
        classes.append(torch.where(which >= 0, label[which, 0].long() + 1, 0))
    return torch.stack(offsets), torch.stack(masks), torch.stack(classes)
