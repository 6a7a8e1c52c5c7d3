"""Pixels follow column by column.

loses: 13.5.2/centres
says: row by row
"""
import torch


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, 0.5)):
    boxes = []
    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    for j in range(fmap_w):
        for i in range(fmap_h):
            cx, cy = (j + .5) / fmap_w, (i + .5) / fmap_h
            for s, r in pairs:
                w, h = s * r ** 0.5 * fmap_h / fmap_w, s / r ** 0.5
                boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return torch.tensor(boxes)
