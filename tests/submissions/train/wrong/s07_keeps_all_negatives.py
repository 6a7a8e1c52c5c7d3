"""Every anchor is kept.

loses: 13.7.2/trained
says: recall|boxes
"""

import torch


def sample_negatives(cls_loss, cls_labels, ratio=3):
    return torch.ones_like(cls_labels, dtype=torch.bool)
