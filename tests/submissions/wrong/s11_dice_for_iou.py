"""The Dice coefficient, which is larger than the IoU.

loses: 13.11.2/iou, 13.11.2/iou-absent, 13.11.2/iou-batches, 13.11.2/iou-ignore, 13.11.2/iou-invented
says: mean_iou
"""


def mean_iou(preds, labels, num_classes, ignore_index=255):
    values = []
    for c in range(num_classes):
        inter = both = 0
        for p, t in zip(preds, labels):
            known = t != ignore_index
            inter += ((p == c) & (t == c) & known).sum().item()
            both += ((p == c) & known).sum().item() + ((t == c) & known).sum().item()
        if both:
            values.append(2 * inter / both)
    return sum(values) / len(values)
