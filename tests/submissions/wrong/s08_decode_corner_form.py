"""The centre and size are returned as if they were corners.

loses: 13.8.1/decode, 13.8.1/threshold, 13.8.1/round-trip
says: boxes, row by row|boxes: element|boxes
"""

import torch


def yolo_decode(grid, threshold):
    s = len(grid)
    best, labels = grid[..., 5:].max(-1)
    scores = grid[..., 4] * best
    row, column = (scores > threshold).nonzero(as_tuple=True)
    x, y, w, h = grid[row, column, :4].unbind(-1)
    boxes = torch.stack([(column + x) / s, (row + y) / s, w, h], -1).clamp(0, 1)
    return boxes, labels[row, column], scores[row, column]
