"""Unlabelled pixels count as wrong.

loses: 13.11.2/accuracy-ignore
says: unlabelled
"""


def pixel_accuracy(preds, labels, ignore_index=255):
    right = sum((p == t).sum().item() for p, t in zip(preds, labels))
    return right / sum(t.numel() for t in labels)
