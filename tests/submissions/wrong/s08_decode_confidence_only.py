"""The class probability is left out of the score.

loses: 13.8.1/decode
says: confidence alone
"""

import torch


def yolo_decode(grid, threshold):
    s = len(grid)
    best, labels = grid[..., 5:].max(-1)
    scores = grid[..., 4]
    row, column = (scores > threshold).nonzero(as_tuple=True)
    x, y, w, h = grid[row, column, :4].unbind(-1)
    cx, cy = (column + x) / s, (row + y) / s
    boxes = torch.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], -1).clamp(0, 1)
    return boxes, labels[row, column], scores[row, column]
