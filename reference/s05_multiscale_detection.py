"""13.5 Multiscale object detection.

Anchor boxes are corner boxes (x1, y1, x2, y2) in fractions of the image, x to the right, y downwards.
N images in a batch, c channels, a feature map of h rows and w columns, a anchor boxes per pixel of the map,
q object classes (background not counted).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def receptive_field(layers: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, float]]:
    """13.5.1 What one element of the feature map sees of the input, after each layer of a stack.

    layers: (kernel, stride, padding, dilation) of each convolution or pooling, first layer first; the same
        along both axes, so one axis is enough
    returns: one (size, jump, start) per layer, the input itself not included
        size: width of the receptive field, in input pixels
        jump: distance in input pixels between the receptive fields of neighbouring elements
        start: centre of the receptive field of element 0; input pixel i covers i..i+1, so the input's own
            first pixel has its centre at 0.5. Padding can make it negative.

    Example: two layers (3, 2, 1, 1) give [(3, 2, 0.5), (7, 4, 0.5)].
    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016).
    """
    fields = []
    size, jump, start = 1, 1, 0.5
    for kernel, stride, padding, dilation in layers:
        reach = dilation * (
            kernel - 1
        )  # from the first tap of the kernel to its last, in elements of its input
        size += reach * jump
        start += (reach / 2 - padding) * jump
        jump *= stride
        fields.append((size, jump, start))
    return fields


def grid_anchors(
    fmap_h: int, fmap_w: int, sizes: Sequence[float], ratios: Sequence[float] = (1, 2, 0.5)
) -> Tensor:
    """13.5.2 Anchor boxes centred on the pixels of a feature map, evenly spread over the image.

    fmap_h, fmap_w: rows and columns of the feature map
    sizes: n scales in (0, 1]; ratios: m ratios of width to height
    returns: (fmap_h * fmap_w * (n+m-1), 4) corner boxes as fractions of the image; boxes may reach beyond it

    The pixel in row i and column j has its centre at ((j + 0.5) / fmap_w, (i + 0.5) / fmap_h). Around each
    centre stand the boxes (s1, r1), (s2, r1), …, (sn, r1), (s1, r2), …, (s1, rm), in this order; a box (s, r)
    is s·√r·fmap_h/fmap_w wide and s/√r high, as in `multibox_prior` (13.4.1). Pixels follow row by row.
    """
    rows, columns = (torch.arange(fmap_h) + 0.5) / fmap_h, (torch.arange(fmap_w) + 0.5) / fmap_w
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    centres = torch.stack((x, y), dim=-1).reshape(-1, 1, 2)  # (pixels, 1, 2)

    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    halves = torch.tensor([(s * r**0.5 * fmap_h / fmap_w, s / r**0.5) for s, r in pairs]) / 2  # (n+m-1, 2)

    return torch.cat((centres - halves, centres + halves), dim=-1).reshape(-1, 4)


def overlapping_sizes(fmap_h: int, fmap_w: int) -> list[float]:
    """13.5.2 Sizes for which the evenly spread anchor boxes overlap with their neighbours.

    fmap_h, fmap_w: rows and columns of the feature map, at least 2 each
    returns: one or more sizes in (0, 1]. In grid_anchors(fmap_h, fmap_w, sizes), every box shares some area
        with the boxes of the same size and ratio at the pixels to its left and right, above and below: with
        ratio 1 for every size, and for full points also with ratios 2 and 0.5

    At 4×4 the size 0.25 is not enough: its squares only touch.
    """
    # The narrowest box (s1, 0.5) is s1·√0.5·h/w wide and neighbours are 1/w apart, so s1 must exceed √2/h.
    # The lowest one, (s1, 2), asks for the same; other sizes come with ratio 1 only and must exceed 1/h.
    return [1.5 / fmap_h, 2.0 / fmap_h]


def cls_predictor(num_inputs: int, num_anchors: int, num_classes: int) -> nn.Module:
    """13.5.3 The layer that predicts a class for each anchor box at each pixel.

    num_inputs: channels c of the feature map; num_anchors: a; num_classes: q, background not counted
    returns: a module (N, c, h, w) → (N, a * (q + 1), h, w); channel k * (q + 1) + j at a pixel is the score
        of class j (0 is background) for anchor box k of that pixel

    Height and width are kept for every h, w ≥ 1.
    Source: Liu et al., SSD: Single Shot MultiBox Detector (2016)
    """
    scores = num_classes + 1  # the background counts, too
    return nn.Conv2d(num_inputs, num_anchors * scores, 3, padding=1)


def bbox_predictor(num_inputs: int, num_anchors: int) -> nn.Module:
    """13.5.3 The layer that predicts four offsets for each anchor box at each pixel.

    num_inputs: channels c of the feature map; num_anchors: a
    returns: a module (N, c, h, w) → (N, a * 4, h, w); channel k * 4 + j at a pixel is offset j of
        anchor box k

    Height and width are kept for every h, w ≥ 1.
    """
    return nn.Conv2d(num_inputs, num_anchors * 4, 3, padding=1)


def flatten_pred(pred: Tensor) -> Tensor:
    """13.5.3 Lay out one scale's predictions in the order of the anchor boxes.

    pred: (N, channels, h, w), the output of one of the predictors
    returns: (N, h * w * channels); pixels row by row, and all channels of a pixel next to each other

    So `flatten_pred(pred).reshape(N, h * w * a, q + 1)` holds one row of class scores per anchor box, and
    with 4 in place of q + 1 one row of offsets. Gradients flow through.

    Common mistake: flattening (or reshaping) without moving the channels last. The shape is right, but then a
    row mixes the scores of different pixels.
    """
    return pred.permute(0, 2, 3, 1).flatten(start_dim=1)


def concat_preds(preds: Sequence[Tensor]) -> Tensor:
    """13.5.3 Join the predictions of several scales.

    preds: tensors (N, channels_i, h_i, w_i), one per scale; sizes and channels may differ, N is the same
    returns: (N, sum of h_i * w_i * channels_i), each scale as `flatten_pred` lays it out, in the given order
    """
    scales = [flatten_pred(pred) for pred in preds]
    return torch.cat(scales, dim=1)


answer_13_5_1 = """
Yes, as a rule. Every layer works on the output of the one before, and every stride makes the map smaller,
so one element of a deep, small map depends on a large part of the image: its receptive field is wide. It
can combine edges into parts and parts into objects, which is what we call more abstract, and it suits large
objects. An element of an early, large map sees only a few pixels: it tells edges, corners and textures,
with exact positions, which suits small objects. The scale itself is not what makes features abstract,
though: it is the number of layers behind them. A picture merely shrunk is small but no more abstract, and
networks such as the feature pyramid carry abstract features back into large maps.

一般来说是的。每一层都以前一层的输出为输入，而步幅使特征图越来越小，所以深层小特征图上的一个元素依赖于图像的
一大片区域，即感受野很大：它能把边缘组合成部件、把部件组合成物体，也就是更抽象，适合检测大目标。浅层大特征图
上的一个元素只看到少数像素，表示边缘、角点、纹理等细节，位置精确，适合检测小目标。不过使特征变得抽象的不是尺
度本身，而是经过了多少层：仅仅缩小的图片并不更抽象，而特征金字塔这样的网络又把抽象特征送回大特征图。
Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks (2014); Lin et al., Feature
Pyramid Networks for Object Detection (2017).
"""
