"""numpy for the grids; masks over the whole map for the pooling."""

import numpy as np
import torch


def yolo_encode(boxes, labels, s, num_classes):
    b, l = boxes.numpy(), labels.numpy()
    grid = np.zeros((s, s, 5 + num_classes), dtype=np.float32)
    for (x1, y1, x2, y2), label in list(zip(b, l))[::-1]:  # written last = first box wins
        cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
        fx, ix = np.modf(cx * s)
        fy, iy = np.modf(cy * s)
        onehot = np.eye(num_classes)[label]
        grid[int(iy), int(ix)] = np.concatenate([[fx, fy, x2 - x1, y2 - y1, 1.0], onehot])
    return torch.from_numpy(grid)


def yolo_decode(grid, threshold):
    g = grid.detach().numpy()
    s = g.shape[0]
    score = g[:, :, 4] * g[:, :, 5:].max(axis=2)
    iy, ix = np.where(score > threshold)
    x, y, w, h = g[iy, ix, :4].T
    cx, cy = (ix + x) / s, (iy + y) / s
    boxes = np.clip(np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=1), 0, 1)
    return torch.tensor(boxes), torch.tensor(g[iy, ix, 5:].argmax(axis=1)), torch.tensor(score[iy, ix])


def roi_pool(features, rois, output_size, spatial_scale):
    ph, pw = output_size
    N, C, H, W = features.shape
    r = torch.round(rois.detach()[:, 1:] * spatial_scale)

    def member(start, end, count, size):
        """(K, count, size): does the pixel belong to the bin?"""
        length = (end - start + 1).clamp(min=1)[:, None, None]
        i = torch.arange(count)[None, :, None]
        p = torch.arange(size)[None, None, :] - start[:, None, None]
        first = torch.div(i * length, count, rounding_mode="floor")
        last = -torch.div(-(i + 1) * length, count, rounding_mode="floor")
        return (p >= first) & (p < last)

    rows, cols = member(r[:, 1], r[:, 3], ph, H), member(r[:, 0], r[:, 2], pw, W)
    inside = rows[:, None, :, None, :, None] & cols[:, None, None, :, None, :]
    maps = features[rois[:, 0].long()][:, :, None, None]
    value = maps.masked_fill(~inside, float("-inf")).amax((-1, -2))
    return value.masked_fill(~inside.flatten(-2).any(-1), 0.0)
