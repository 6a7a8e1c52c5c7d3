"""The region is resized by bilinear interpolation instead of taking the maximum of each bin.

loses: 13.8.2/roi-pool, 13.8.2/roi-rounding, 13.8.2/roi-edges, 13.8.2/roi-gradient
says: values that the feature map does not hold|roi_pool: element
"""

import torch
import torch.nn.functional as F


def roi_pool(features, rois, output_size, spatial_scale):
    results = []
    for image, *box in rois.tolist():
        x1, y1, x2, y2 = [max(round(v * spatial_scale), 0) for v in box]
        crop = features[int(image), :, y1 : y2 + 1, x1 : x2 + 1]
        results.append(F.interpolate(crop[None], size=tuple(output_size), mode="bilinear")[0])
    if not results:
        return features.new_zeros(0, features.shape[1], *output_size)
    return torch.stack(results)
