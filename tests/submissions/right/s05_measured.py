"""The receptive field measured with gradients of a real net; lazy layers, other reshaping."""
import itertools
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def _region(layers, index):
    x = torch.zeros(1, 1, 1200, dtype=torch.double, requires_grad=True)
    y = x
    for k, s, p, d in layers:
        y = F.conv1d(y, torch.ones(1, 1, k, dtype=torch.double) / k, stride=s, padding=p, dilation=d)
    index = y.shape[-1] // 2 + index
    y[0, 0, index].backward()
    hit = x.grad[0, 0].nonzero().flatten()
    return index, hit.min().item(), hit.max().item()


def receptive_field(layers):
    rows = []
    r = np.array([1.0, 1.0, 0.5])
    for k, s, p, d in layers:
        r = r + np.array([(k - 1) * d * r[1], r[1] * (s - 1), (d * (k - 1) * 0.5 - p) * r[1]])
        rows.append(r)
    if len(layers) == 1:  # a spot check by measurement
        _, lo, hi = _region(layers, 0)
        assert hi - lo + 1 == rows[0][0]
    return torch.tensor(np.stack(rows))


def grid_anchors(fmap_h, fmap_w, sizes, ratios=(1, 2, 0.5)):
    s = np.array(list(sizes) + [sizes[0]] * (len(ratios) - 1), dtype=np.float64)
    r = np.array([ratios[0]] * len(sizes) + list(ratios[1:]), dtype=np.float64)
    w, h = s * r ** 0.5 * (fmap_h / fmap_w), s * r ** -0.5
    centres = np.array([(x, y) for y, x in itertools.product(
        np.linspace(0.5 / fmap_h, 1 - 0.5 / fmap_h, fmap_h), np.linspace(0.5 / fmap_w, 1 - 0.5 / fmap_w, fmap_w))])
    cx, cy = np.repeat(centres[:, 0], len(s)), np.repeat(centres[:, 1], len(s))
    w, h = np.tile(w, fmap_h * fmap_w), np.tile(h, fmap_h * fmap_w)
    return torch.from_numpy(np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 1))


def overlapping_sizes(fmap_h, fmap_w):
    return (1.0, 0.99)


def cls_predictor(c, a, q):
    return nn.Sequential(nn.LazyConv2d(a * (q + 1), kernel_size=3, padding=1))


def bbox_predictor(c, a):
    return nn.Conv2d(c, a * 4, 1)


def flatten_pred(pred):
    n, ch, h, w = pred.shape
    return pred.reshape(n, ch, h * w).transpose(1, 2).reshape(n, -1)


def concat_preds(preds):
    n = preds[0].shape[0]
    return torch.hstack([torch.movedim(p, 1, -1).contiguous().view(n, -1) for p in preds])
