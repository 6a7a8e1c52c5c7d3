"""Offsets are added to the corners.

loses: 13.4.3/detection-offsets
says: box
"""

import torch
from solution import nms, offset_inverse


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.009999999):
    images = []
    for probs, offsets in zip(cls_probs, offset_preds):
        confidence, kind = probs[1:].max(dim=0)
        boxes = anchors[0] + offsets.reshape(-1, 4)
        kept = nms(boxes, confidence, nms_threshold)
        survives = torch.zeros_like(confidence).index_fill(0, kept, 1) > 0
        weak = confidence < pos_threshold
        rows = torch.column_stack((kind.masked_fill(weak | ~survives, -1), torch.where(weak, 1 - confidence, confidence), boxes))
        images.append(torch.cat((rows[kept], rows[~survives])))
    return torch.stack(images)
