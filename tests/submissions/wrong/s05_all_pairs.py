"""Every size meets every ratio.

loses: 13.5.2/sizes
says: anchor boxes per pixel
"""
import torch


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, 0.5)):
    boxes = []
    pairs = [(s, r) for r in ratios for s in sizes]
    for i in range(fmap_h):
        for j in range(fmap_w):
            cx, cy = (j + .5) / fmap_w, (i + .5) / fmap_h
            for s, r in pairs:
                w, h = s * r ** 0.5 * fmap_h / fmap_w, s / r ** 0.5
                boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return torch.tensor(boxes)
