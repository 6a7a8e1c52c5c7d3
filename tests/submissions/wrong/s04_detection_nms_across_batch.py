"""One suppression over the boxes of all images.

loses: 13.4.3/detection-batch
says: batch|image
"""

import torch
from solution import nms, offset_inverse


def multibox_detection(cls_probs, offset_preds, anchors, nms_threshold=0.5, pos_threshold=0.009999999):
    n, _, a = cls_probs.shape
    conf, cls = cls_probs[:, 1:].max(dim=1)
    boxes = torch.cat([offset_inverse(anchors[0], o.reshape(-1, 4)) for o in offset_preds])
    keep = nms(boxes, conf.flatten(), nms_threshold)
    kept = torch.zeros(n * a, dtype=torch.bool)
    kept[keep] = True
    kept = kept.reshape(n, a)
    order = (conf + 2.0 * kept).argsort(dim=1, descending=True)
    cls[~kept] = -1
    low = conf < pos_threshold
    cls[low] = -1
    conf = torch.where(low, 1 - conf, conf)
    rows = torch.cat((cls[..., None], conf[..., None], boxes.reshape(n, a, 4)), dim=2)
    return torch.stack([r[o] for r, o in zip(rows, order)])
