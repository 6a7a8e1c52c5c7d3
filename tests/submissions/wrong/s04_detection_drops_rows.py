"""Removed boxes are left out of the result.

loses: 13.4.3/detection, 13.4.3/detection-batch, 13.4.3/detection-order, 13.4.3/detection-threshold
says: shape
"""

import torch
from solution import nms, offset_inverse


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.009999999):
    out = []
    for probs, offsets in zip(cls_probs, offset_preds):
        conf, cls = probs[1:].max(0)
        boxes = offset_inverse(anchors[0], offsets.reshape(-1, 4))
        keep = nms(boxes, conf, nms_threshold)
        cls[conf < pos_threshold] = -1
        conf = torch.where(conf < pos_threshold, 1 - conf, conf)
        out.append(torch.cat((cls[:, None], conf[:, None], boxes), dim=1)[keep])
    most = max(len(o) for o in out)
    return torch.stack([torch.cat((o, o[:1].repeat(most - len(o), 1))) for o in out])
