"""Width s·r and height s/r.

loses: 13.5.2/sizes
says: \(width, height\)
"""
import torch


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, 0.5)):
    boxes = []
    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    for i in range(fmap_h):
        for j in range(fmap_w):
            cx, cy = (j + .5) / fmap_w, (i + .5) / fmap_h
            for s, r in pairs:
                w, h = s * r * fmap_h / fmap_w, s / r
                boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return torch.tensor(boxes)
