"""Boxes are matched without regard to their class.

loses: 13.7.2/map, 13.7.2/map-11point, 13.7.2/map-order
says: wrong class|mean_average_precision
"""

import numpy as np
from solution import box_iou


def mean_average_precision(preds, truths, iou_threshold=0.5, method="area"):
    if method not in ("area", "11point"):
        raise ValueError(method)
    results = []
    for c in sorted({int(v) for t in truths for v in t[:, 0] if v >= 0}):
        count = sum(int((t[:, 0] == c).sum()) for t in truths)
        marks, taken = [], set()
        found = [(float(row[1]), i, row[2:]) for i, p in enumerate(preds) for row in p if row[0] >= 0]
        found.sort(key=lambda f: -f[0])
        for score, i, box in found:
            truth = truths[i][truths[i][:, 0] >= 0][:, 1:]
            hit = False
            if len(truth):
                best, at = box_iou(box[None], truth)[0].max(0)
                hit = best >= iou_threshold and (i, int(at)) not in taken
                if hit:
                    taken.add((i, int(at)))
            marks.append(float(hit))
        tp = np.cumsum(marks)
        recall, precision = tp / count, tp / np.arange(1, len(marks) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        if method == "area":
            results.append(np.sum(np.diff(recall, prepend=0) * envelope))
        else:
            levels = [k / 10 - 1e-9 for k in range(11)]
            results.append(sum(max(precision[recall >= v], default=0) for v in levels) / 11)
    return float(np.mean(results)) if results else 0.0
