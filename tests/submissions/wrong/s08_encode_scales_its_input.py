"""The boxes are scaled to cells in place.

loses: 13.8.1/inputs
says: yolo_encode changed its input
"""

import torch


def yolo_encode(boxes, labels, s, num_classes):
    boxes *= s
    grid = torch.zeros(s, s, 5 + num_classes)
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist()):
        cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
        column, row = int(cx), int(cy)
        if grid[row, column, 4] > 0:
            continue
        grid[row, column, :5] = torch.tensor([cx - column, cy - row, (x2 - x1) / s, (y2 - y1) / s, 1.0])
        grid[row, column, 5 + label] = 1.0
    return grid
