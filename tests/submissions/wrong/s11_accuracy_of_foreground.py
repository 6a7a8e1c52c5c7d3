"""Background pixels are left out.

loses: 13.11.2/accuracy, 13.11.2/accuracy-batches, 13.11.2/accuracy-ignore
says: pixel_accuracy
"""


def pixel_accuracy(preds, labels, ignore_index=255):
    right = total = 0
    for p, t in zip(preds, labels):
        known = (t != ignore_index) & (t > 0)
        right += (p == t)[known].sum().item()
        total += known.sum().item()
    return right / max(total, 1)
