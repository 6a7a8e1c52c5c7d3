"""Width and height are measured in cells and may exceed 1.

loses: 13.8.1/values, 13.8.1/round-trip
says: w, h of the cell|wanted values in 0..1
"""

import torch


def yolo_encode(boxes, labels, s, num_classes):
    grid = torch.zeros(s, s, 5 + num_classes)
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist()):
        cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
        column, row = int(cx * s), int(cy * s)
        if grid[row, column, 4] > 0:
            continue
        grid[row, column, :5] = torch.tensor([cx * s - column, cy * s - row, (x2 - x1) * s, (y2 - y1) * s, 1.0])
        grid[row, column, 5 + label] = 1.0
    return grid
