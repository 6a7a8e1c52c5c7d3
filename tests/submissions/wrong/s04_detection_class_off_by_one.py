"""Classes are counted with background: off by one.

loses: 13.4.3/detection
says: class
"""

import torch
from solution import nms, offset_inverse


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.009999999):
    anchors = anchors.squeeze(0)
    out = []
    for probs, offsets in zip(cls_probs, offset_preds):
        conf, cls = probs[1:].max(0)
        boxes = offset_inverse(anchors, offsets.reshape(-1, 4))
        keep = nms(boxes, conf, nms_threshold)
        gone = torch.ones_like(conf, dtype=torch.bool)
        gone[keep] = False
        cls = cls + 1
        cls[gone] = -1
        order = torch.cat((keep, gone.nonzero().flatten()))
        low = conf < pos_threshold
        cls[low] = -1
        conf = torch.where(low, 1 - conf, conf)
        rows = torch.cat((cls[:, None], conf[:, None], boxes), dim=1)
        out.append(rows[order])
    return torch.stack(out)
