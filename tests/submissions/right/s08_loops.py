"""Loops, as one would write them the first time."""

import math

import torch


def yolo_encode(boxes, labels, s, num_classes):
    grid = torch.zeros((s, s, 5 + num_classes))
    for i in range(boxes.shape[0]):
        x1, y1, x2, y2 = [v.item() for v in boxes[i]]
        cx = (x1 + x2) / 2
        cy = (y1 + y2) / 2
        cell = 1.0 / s
        col = min(int(cx / cell), s - 1)
        row = min(int(cy / cell), s - 1)
        if grid[row, col, 4] == 1:
            continue
        grid[row, col, 0] = (cx - col * cell) / cell
        grid[row, col, 1] = (cy - row * cell) / cell
        grid[row, col, 2] = x2 - x1
        grid[row, col, 3] = y2 - y1
        grid[row, col, 4] = 1
        grid[row, col, 5 + labels[i]] = 1
    return grid


def yolo_decode(grid, threshold):
    s = grid.shape[0]
    boxes, labels, scores = [], [], []
    for i in range(s):
        for j in range(s):
            x, y, w, h, conf = grid[i, j, :5].tolist()
            probs = grid[i, j, 5:].tolist()
            label = probs.index(max(probs))
            if conf * probs[label] <= threshold:
                continue
            cx, cy = (j + x) / s, (i + y) / s
            box = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
            boxes.append([min(max(v, 0.0), 1.0) for v in box])
            labels.append(label)
            scores.append(conf * probs[label])
    return torch.tensor(boxes).reshape(-1, 4), torch.tensor(labels, dtype=torch.long), torch.tensor(scores)


def roi_pool(features, rois, output_size, spatial_scale):
    n, c, h, w = features.shape
    ph, pw = output_size
    out = torch.zeros(len(rois), c, ph, pw, dtype=features.dtype)
    for k in range(len(rois)):
        b = int(rois[k, 0])
        x1, y1, x2, y2 = [math.floor(v.item() * spatial_scale + 0.5) for v in rois[k, 1:]]
        roi_h, roi_w = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        bin_h, bin_w = roi_h / ph, roi_w / pw
        for i in range(ph):
            for j in range(pw):
                top = min(max(math.floor(i * bin_h) + y1, 0), h)
                bottom = min(max(math.ceil((i + 1) * bin_h) + y1, 0), h)
                left = min(max(math.floor(j * bin_w) + x1, 0), w)
                right = min(max(math.ceil((j + 1) * bin_w) + x1, 0), w)
                if bottom > top and right > left:
                    out[k, :, i, j] = features[b, :, top:bottom, left:right].reshape(c, -1).max(dim=1).values
    return out
