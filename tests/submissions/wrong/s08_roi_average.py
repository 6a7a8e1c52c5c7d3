"""Each bin gives its mean instead of its maximum.

loses: 13.8.2/roi-pool, 13.8.2/roi-rounding, 13.8.2/roi-edges, 13.8.2/roi-gradient
says: values that the feature map does not hold|roi_pool: element
"""

import torch


def roi_pool(features, rois, output_size, spatial_scale):
    H, W = features.shape[2:]
    results = []
    for image, *box in rois.tolist():
        x1, y1, x2, y2 = [round(v * spatial_scale) for v in box]
        h, w = max(y2 - y1 + 1, 1), max(x2 - x1 + 1, 1)
        rows = []
        for i in range(output_size[0]):
            top, bottom = y1 + i * h // output_size[0], y1 - (-(i + 1) * h // output_size[0])
            row = []
            for j in range(output_size[1]):
                left, right = x1 + j * w // output_size[1], x1 - (-(j + 1) * w // output_size[1])
                bin_ = features[int(image), :, max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
                row.append(bin_.mean((1, 2)) if bin_.numel() else features.new_zeros(features.shape[1]))
            rows.append(torch.stack(row, -1))
        results.append(torch.stack(rows, -2))
    if not results:
        return features.new_zeros(0, features.shape[1], *output_size)
    return torch.stack(results)
