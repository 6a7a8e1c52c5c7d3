"""The negatives are drawn at random.

loses: 13.7.2/negatives-hardest, 13.7.2/no-positives
says: a negative with loss
"""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    keep = cls_labels > 0
    for i in range(len(keep)):
        negatives = (cls_labels[i] == 0).nonzero().reshape(-1)
        count = ratio * max(1, int(keep[i].sum()))
        keep[i, negatives[torch.randperm(len(negatives))[:count]]] = True
    return keep
