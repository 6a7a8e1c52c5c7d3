"""Classes that occur nowhere count as 0.

loses: 13.11.2/iou-absent
says: classes occur
"""


def mean_iou(preds, labels, num_classes, ignore_index=255):
    total = 0.0
    for c in range(num_classes):
        inter = union = 0
        for p, t in zip(preds, labels):
            known = t != ignore_index
            inter += ((p == c) & (t == c) & known).sum().item()
            union += (((p == c) | (t == c)) & known).sum().item()
        total += inter / max(union, 1)
    return total / num_classes
