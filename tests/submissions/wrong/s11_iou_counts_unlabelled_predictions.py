"""Predictions on unlabelled pixels enlarge the union.

loses: 13.11.2/iou-ignore
says: unlabelled
"""


def mean_iou(preds, labels, num_classes, ignore_index=255):
    values = []
    for c in range(num_classes):
        inter = sum(((p == c) & (t == c)).sum().item() for p, t in zip(preds, labels))
        union = sum(((p == c) | (t == c)).sum().item() for p, t in zip(preds, labels))
        if union:
            values.append(inter / union)
    return sum(values) / len(values)
