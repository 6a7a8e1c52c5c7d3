"""The hardest negatives are chosen from the whole batch instead of from each image.

loses: 13.7.2/negatives-count, 13.7.2/no-positives
says: negatives are kept, wanted
"""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    keep = (cls_labels > 0).flatten()
    count = min(ratio * max(1, int(keep.sum())), int((~keep).sum()))
    losses = cls_loss.flatten().masked_fill(keep, -1.0)
    keep[losses.topk(count).indices] = True
    return keep.reshape(cls_labels.shape)
