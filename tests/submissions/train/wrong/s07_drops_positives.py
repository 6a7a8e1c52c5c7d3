"""Only negatives are kept.

loses: 13.7.2/trained
says: recall|boxes
"""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    positive = cls_labels > 0
    wanted = ratio * positive.sum(1, keepdim=True).clamp(min=1)
    hard = cls_loss.masked_fill(positive, -torch.inf)
    return (hard.argsort(1, descending=True).argsort(1) < wanted) & ~positive
