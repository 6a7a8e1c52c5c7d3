"""Loops and lists; the receptive field is found by walking back through the layers."""
import math
import torch
import torch.nn as nn


def receptive_field(layers):
    result = []
    for depth in range(1, len(layers) + 1):
        lo0, hi0 = 0, 0  # element 0
        lo1 = 1  # element 1
        for k, s, p, d in reversed(layers[:depth]):
            lo0, hi0 = lo0 * s - p, hi0 * s - p + d * (k - 1)
            lo1 = lo1 * s - p
        result.append([hi0 - lo0 + 1, lo1 - lo0, (lo0 + hi0 + 1) / 2])
    return result


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, 0.5)):
    boxes = []
    for i in range(fmap_h):
        for j in range(fmap_w):
            cx, cy = (j + 0.5) / fmap_w, (i + 0.5) / fmap_h
            for n, (s, r) in enumerate([(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]):
                w = s * math.sqrt(r) * fmap_h / fmap_w
                h = s / math.sqrt(r)
                boxes.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return torch.tensor(boxes, dtype=torch.float64)


def overlapping_sizes(fmap_h, fmap_w):
    needed = math.sqrt(2) / min(fmap_h, fmap_w)
    return torch.linspace(needed, 1, 4)[1:]


class Head(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out, channels, 3, 3) * 0.01)
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight, self.bias, padding="same")


def class_predictor(c, a, q):
    return Head(c, a * (q + 1))


def box_predictor(c, a):
    return Head(c, 4 * a)


def flatten_pred(pred):
    rows = []
    for i in range(pred.shape[2]):
        for j in range(pred.shape[3]):
            rows.append(pred[:, :, i, j])
    return torch.cat(rows, dim=1)


def concat_preds(preds):
    result = flatten_pred(preds[0])
    for p in preds[1:]:
        result = torch.cat((result, flatten_pred(p)), 1)
    return result
