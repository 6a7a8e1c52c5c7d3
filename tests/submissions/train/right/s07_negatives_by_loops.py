"""Hard negatives image by image, with topk."""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    keep = cls_labels > 0
    for i in range(len(cls_labels)):
        negatives = (cls_labels[i] == 0).nonzero()[:, 0]
        count = min(ratio * max(1, int((cls_labels[i] > 0).sum())), len(negatives))
        hardest = cls_loss[i, negatives].topk(count).indices
        keep[i, negatives[hardest]] = True
    return keep
