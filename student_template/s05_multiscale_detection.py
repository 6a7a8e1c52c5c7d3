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
    raise NotImplementedError


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
    raise NotImplementedError


def overlapping_sizes(fmap_h: int, fmap_w: int) -> list[float]:
    """13.5.2 Sizes for which the evenly spread anchor boxes overlap with their neighbours.

    fmap_h, fmap_w: rows and columns of the feature map, at least 2 each
    returns: one or more sizes in (0, 1]. In grid_anchors(fmap_h, fmap_w, sizes), every box shares some area
        with the boxes of the same size and ratio at the pixels to its left and right, above and below: with
        ratio 1 for every size, and for full points also with ratios 2 and 0.5

    At 4×4 the size 0.25 is not enough: its squares only touch.
    """
    raise NotImplementedError


def cls_predictor(num_inputs: int, num_anchors: int, num_classes: int) -> nn.Module:
    """13.5.3 The layer that predicts a class for each anchor box at each pixel.

    num_inputs: channels c of the feature map; num_anchors: a; num_classes: q, background not counted
    returns: a module (N, c, h, w) → (N, a * (q + 1), h, w); channel k * (q + 1) + j at a pixel is the score
        of class j (0 is background) for anchor box k of that pixel

    Height and width are kept for every h, w ≥ 1.
    Source: Liu et al., SSD: Single Shot MultiBox Detector (2016)
    """
    raise NotImplementedError


def bbox_predictor(num_inputs: int, num_anchors: int) -> nn.Module:
    """13.5.3 The layer that predicts four offsets for each anchor box at each pixel.

    num_inputs: channels c of the feature map; num_anchors: a
    returns: a module (N, c, h, w) → (N, a * 4, h, w); channel k * 4 + j at a pixel is offset j of
        anchor box k

    Height and width are kept for every h, w ≥ 1.
    """
    raise NotImplementedError


def flatten_pred(pred: Tensor) -> Tensor:
    """13.5.3 Lay out one scale's predictions in the order of the anchor boxes.

    pred: (N, channels, h, w), the output of one of the predictors
    returns: (N, h * w * channels); pixels row by row, and all channels of a pixel next to each other

    So `flatten_pred(pred).reshape(N, h * w * a, q + 1)` holds one row of class scores per anchor box, and
    with 4 in place of q + 1 one row of offsets. Gradients flow through.

    Common mistake: flattening (or reshaping) without moving the channels last. The shape is right, but then a
    row mixes the scores of different pixels.
    """
    raise NotImplementedError


def concat_preds(preds: Sequence[Tensor]) -> Tensor:
    """13.5.3 Join the predictions of several scales.

    preds: tensors (N, channels_i, h_i, w_i), one per scale; sizes and channels may differ, N is the same
    returns: (N, sum of h_i * w_i * channels_i), each scale as `flatten_pred` lays it out, in the given order
    """
    raise NotImplementedError


answer_13_5_1 = """
"""
