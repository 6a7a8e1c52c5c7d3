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
    grid = boxes.new_zeros(s, s, 5 + num_classes)
    for (x1, y1, x2, y2), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        cx, cy = (x1 + x2) / 2 * s, (y1 + y2) / 2 * s  # in cells
        column, row = int(cx), int(cy)
        cell = grid[row, column]
        if cell[4] == 0:
            cell[:5] = boxes.new_tensor([cx - column, cy - row, x2 - x1, y2 - y1, 1.0])
            cell[5 + int(label)] = 1.0
    return grid


def yolo_decode(grid: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """13.8.1 Read the objects out of a grid: the inverse of `yolo_encode`.

    grid: (s, s, 5 + num_classes) as `yolo_encode` returns it, or as a network predicts it
    threshold: a cell counts as an object when its score is greater; the score is its confidence times the
        probability of its most likely class
    returns: (boxes (k, 4) corner boxes clipped to 0..1, labels (k,) integer, scores (k,)), in any order; k may be 0
    """
    s = grid.shape[0]
    probability, label = grid[..., 5:].max(dim=-1)  # (s, s) each
    score = grid[..., 4] * probability
    row, column = torch.nonzero(score > threshold, as_tuple=True)  # (k,) each
    x, y, w, h = grid[row, column, :4].unbind(-1)
    cx, cy = (column + x) / s, (row + y) / s
    boxes = torch.stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), dim=-1).clamp(0, 1)
    return boxes, label[row, column], score[row, column]


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
    pooled = [
        _pool_region(features[int(image)], [round(float(v) * spatial_scale) for v in box], output_size)
        for image, *box in rois
    ]
    return torch.stack(pooled) if pooled else features.new_zeros(0, features.shape[1], *output_size)


def _pool_region(feature: Tensor, region: list[int], output_size: tuple[int, int]) -> Tensor:
    """feature: (C, H, W); region: x1, y1, x2, y2 in pixels of it. Returns (C, height, width)."""
    x1, y1, x2, y2 = region
    rows = _bins(y1, max(y2 - y1 + 1, 1), output_size[0], feature.shape[1])
    columns = _bins(x1, max(x2 - x1 + 1, 1), output_size[1], feature.shape[2])
    grid = [[_largest(feature[:, row, column]) for column in columns] for row in rows]
    return torch.stack([torch.stack(row, dim=-1) for row in grid], dim=-2)


def _bins(start: int, length: int, count: int, end: int) -> list[slice]:
    """Split `length` pixels from `start` into `count` bins, cut off at 0 and at `end`."""
    edges = [(i * length // count, -(-(i + 1) * length // count)) for i in range(count)]  # floor and ceil
    return [slice(_within(start + a, end), _within(start + b, end)) for a, b in edges]


def _within(pixel: int, end: int) -> int:
    return min(max(pixel, 0), end)


def _largest(window: Tensor) -> Tensor:
    """window: (C, h, w), maybe empty. Returns (C,)."""
    return window.amax(dim=(1, 2)) if window.numel() else window.new_zeros(len(window))


answer_13_8_1 = """
Yes. A single network can look at the whole image once and put out a fixed-size tensor of numbers, from which boxes
and classes are read: that is YOLO. The image is divided into a grid of s×s cells; the cell that contains an object's
centre predicts the position inside the cell, width and height, a confidence, and class probabilities. Training is a
regression of those numbers (the first version used squared error), without proposed regions. What it costs: few
boxes per cell, so small objects that stand close together are missed, and the first versions located boxes less
exactly. SSD is the close relative that regresses offsets from anchor boxes on several scales.

可以。让一个网络只看一次整幅图像，输出一个固定大小的张量，边界框和类别都直接从这些数中读出，这就是 YOLO。
图像被划分为 s×s 的网格，目标中心所在的单元格负责预测：中心在单元格内的位置、宽和高、置信度以及类别概率。
训练就是对这些数做回归（第一版用平方误差），不需要候选区域。
代价是每个单元格只能预测很少的框，挨得很近的小目标容易漏掉，早期版本的定位也不够精确。
Source: Redmon, Divvala, Girshick, Farhadi, You Only Look Once: Unified, Real-Time Object Detection (2016).
"""

answer_13_8_2 = """
R-CNN and its successors have two stages: first regions are proposed (by selective search, in Faster R-CNN by a region
proposal network), then each region is classified and its box refined. SSD has one stage: classes and offsets of all
anchors on several feature maps come out of one forward pass, without proposals. So SSD is faster, fast enough for real
time; the two-stage methods were more accurate, above all for small objects, because every region gets a second,
closer look and the proposals already remove most of the background. SSD is trained end to end with one loss and must
fight the imbalance of background anchors (hard negative mining); R-CNN trained several parts separately, Fast R-CNN
joined classification and boxes, Faster R-CNN the proposals too, first in alternating steps.

R-CNN 系列是两阶段方法：先产生候选区域（选择性搜索，Faster R-CNN 则用区域提议网络），再对每个区域分类并修正边界框。
SSD 是单阶段方法：一次前向计算就在多个尺度的特征图上给出所有锚框的类别和偏移量，不需要候选区域。
因此 SSD 速度快，可以做到实时；两阶段方法的精度更高，尤其是小目标，因为每个区域都会被再看一次，
而且候选区域已经排除了大部分背景。训练上，SSD 用一个损失端到端训练，但要处理正负样本不平衡（难负样本挖掘）；
R-CNN 的各部分要分开训练，Fast R-CNN 和 Faster R-CNN 才逐步合为联合训练。
Source: Liu et al., SSD: Single Shot MultiBox Detector (2016); Ren et al., Faster R-CNN (2015).
"""
