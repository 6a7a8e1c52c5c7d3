"""13.8 Region-based CNNs (the R-CNN family).

A box is (x1, y1, x2, y2): its upper-left and lower-right corner, x to the right, y downwards.
"""

import torch
from torch import Tensor


def yolo_encode(boxes: Tensor, labels: Tensor, s: int, num_classes: int) -> Tensor:
    """13.8.1 Detection as regression: write the objects of one image into an s×s grid of numbers.

    The cell in which the centre of a box lies is responsible for it.

    boxes: (n, 4) corner boxes in fractions of the image, 0 ≤ x1 < x2 ≤ 1 and the same for y; n may be 0
    labels: (n,) classes 0..num_classes−1
    returns: (s, s, 5 + num_classes), the value at [row, column] is (x, y, w, h, confidence, one number per class):
        x, y  where the centre lies inside its cell: 0 is the cell's left (upper) edge, 1 its right (lower) one
        w, h  size of the box in fractions of the image
        confidence is 1 and the class one-hot where there is an object; cells without one are all zero
    If two centres lie in the same cell, the box that comes first in `boxes` keeps it.
    Everything returned is in 0..1.
    Source: Redmon et al., You Only Look Once: Unified, Real-Time Object Detection (2016), with one box per cell.
    """
    raise NotImplementedError


def yolo_decode(grid: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """13.8.1 Read the objects out of a grid: the inverse of `yolo_encode`.

    grid: (s, s, 5 + num_classes) as `yolo_encode` returns it, or as a network predicts it
    threshold: a cell counts as an object when its score is greater; the score is its confidence times the
        probability of its most likely class
    returns: (boxes (k, 4) corner boxes clipped to 0..1, labels (k,) integer, scores (k,)), in any order; k may be 0
    """
    raise NotImplementedError


def roi_pool(features: Tensor, rois: Tensor, output_size: tuple[int, int], spatial_scale: float) -> Tensor:
    """13.8.2 Pool any region of a feature map to the same size: the layer that made R-CNN fast.

    features: (N, C, H, W)
    rois: (K, 5) rows (image index, x1, y1, x2, y2), the box in pixels of the image
    output_size: (height, width) of every result
    spatial_scale: size of the feature map / size of the image
    returns: (K, C, height, width); gradients flow to `features`

    For every region:
      1. multiply its corners by spatial_scale and round them to the nearest whole pixel of the feature map; both
         end pixels belong to the region, so it is x2 − x1 + 1 wide (at least 1) and y2 − y1 + 1 high (at least 1);
      2. divide the height h into bins: bin i of `height` goes from floor(i·h/height) up to, not including,
         ceil((i+1)·h/height), counted from y1. The same for the width. Bins may share a pixel;
      3. the result is the maximum of each bin and channel. A part of a bin that lies outside the feature map does not
         count; a bin that lies outside entirely gives 0.
    Write it yourself: `torchvision.ops.roi_pool` and its relatives are not allowed here.
    Source: Girshick, Fast R-CNN (2015), section 2.1.
    """
    raise NotImplementedError


answer_13_8_1 = """
"""


answer_13_8_2 = """
"""
