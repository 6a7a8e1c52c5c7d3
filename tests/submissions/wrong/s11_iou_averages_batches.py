"""mean_iou of each batch, averaged.

loses: 13.11.2/iou-batches
says: batches were averaged
"""

import solution


def mean_iou(preds, labels, num_classes, ignore_index=255):
    values = [solution.mean_iou([p], [t], num_classes, ignore_index) for p, t in zip(preds, labels)]
    return sum(values) / len(values)
