"""Unlabelled pixels are overwritten in the caller's labels.

loses: 13.11.2/inputs
says: in place
"""


def pixel_accuracy(preds, labels, ignore_index=255):
    right = total = 0
    for p, t in zip(preds, labels):
        known = t != ignore_index
        t[~known] = -1
        right += (p == t).sum().item()
        total += known.sum().item()
    return right / total
