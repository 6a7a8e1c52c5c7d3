"""Positives are ranked with the negatives and use up their places.

loses: 13.7.2/negatives-count
says: negatives are kept, wanted
"""

def sample_negatives(cls_loss, cls_labels, ratio=3):
    positive = cls_labels > 0
    wanted = ratio * positive.sum(1, keepdim=True).clamp(min=1)
    rank = cls_loss.argsort(1, descending=True).argsort(1)
    return positive | (rank < wanted)
