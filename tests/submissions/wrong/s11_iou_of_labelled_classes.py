"""Classes without a labelled pixel are left out: another convention, reported as such.

loses: 13.11.2/iou-invented
says: convention differs
"""


def mean_iou(preds, labels, num_classes, ignore_index=255):
    values = []
    for c in range(num_classes):
        inter = union = labelled = 0
        for p, t in zip(preds, labels):
            known = t != ignore_index
            inter += ((p == c) & (t == c) & known).sum().item()
            union += (((p == c) | (t == c)) & known).sum().item()
            labelled += (t == c).sum().item()
        if labelled:
            values.append(inter / union)
    return sum(values) / len(values)
