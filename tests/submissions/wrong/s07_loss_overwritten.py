"""The positives are taken out of the ranking by writing into the loss itself.

loses: 13.7.2/inputs
says: sample_negatives changed its input
"""

def sample_negatives(cls_loss, cls_labels, ratio=3):
    positive = cls_labels > 0
    cls_loss[positive] = -1.0
    rank = cls_loss.argsort(1, descending=True).argsort(1)
    return positive | (rank < ratio * positive.sum(1, keepdim=True).clamp(min=1))
