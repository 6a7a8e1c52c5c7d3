"""Index tensors instead of loops; float64 results; adaptive pooling of a padded map."""

import torch
import torch.nn.functional as F


def yolo_encode(boxes, labels, s, num_classes):
    grid = torch.zeros(s, s, 5 + num_classes, dtype=torch.float64)
    if len(boxes) == 0:
        return grid
    boxes = boxes.double()
    cxy = (boxes[:, :2] + boxes[:, 2:]) / 2 * s
    cell = cxy.long()
    values = torch.cat([cxy - cell, boxes[:, 2:] - boxes[:, :2], torch.ones(len(boxes), 1), F.one_hot(labels.long(), num_classes)], 1)
    flat = cell[:, 1] * s + cell[:, 0]
    first = torch.tensor([int((flat == f).nonzero()[0]) for f in flat.unique()])
    grid.view(-1, 5 + num_classes)[flat[first]] = values[first]
    return grid


def yolo_decode(grid, threshold):
    s = len(grid)
    g = grid.double()
    rows, cols = torch.meshgrid(torch.arange(s), torch.arange(s), indexing="ij")
    center = (g[..., :2] + torch.stack([cols, rows], -1)) / s
    boxes = torch.cat([center - g[..., 2:4] / 2, center + g[..., 2:4] / 2], -1).clip(0.0, 1.0)
    scores, labels = (g[..., 4:5] * g[..., 5:]).max(-1)
    keep = scores > threshold
    order = scores[keep].argsort(descending=True)
    return [boxes[keep][order], labels[keep][order].int(), scores[keep][order]]


def roi_pool(features, rois, output_size, spatial_scale):
    results = []
    pad = 64
    wide = F.pad(features, (pad, pad, pad, pad), value=float("-inf"))
    corners = torch.floor(rois[:, 1:] * spatial_scale + 0.5).long() + pad
    for image, (x1, y1, x2, y2) in zip(rois[:, 0].long(), corners.tolist()):
        crop = wide[image, :, y1 : max(y2, y1) + 1, x1 : max(x2, x1) + 1]
        results.append(F.adaptive_max_pool2d(crop[None], output_size)[0])
    if not results:
        return features.new_zeros((0, features.shape[1]) + tuple(output_size))
    pooled = torch.stack(results)
    return torch.where(torch.isinf(pooled), torch.zeros_like(pooled), pooled)
