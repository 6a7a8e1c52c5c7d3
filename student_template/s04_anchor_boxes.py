"""13.4 Anchor boxes.

A box is (x1, y1, x2, y2): its upper-left and lower-right corner, x to the right, y downwards. Anchor boxes
are given as fractions of the image (0..1), so that they fit a feature map and the image alike.
N images in a batch, A anchor boxes, G ground-truth boxes, C object classes (background not counted).
"""

from collections.abc import Sequence
import torch
from torch import Tensor


def multibox_prior(data: Tensor, sizes: Sequence[float], ratios: Sequence[float]) -> Tensor:
    """13.4.1 Anchor boxes of several sizes and ratios around every pixel of a feature map.

    data: (N, C, H, W), of which only H, W and the device matter
    sizes: n scales s in (0, 1]
    ratios: m ratios r > 0 of width to height
    returns: (1, H*W*(n+m-1), 4) corner boxes as fractions of the image, on the device of `data`

    The pixel in row i and column j has its centre at ((j + 0.5) / W, (i + 0.5) / H). In pixels, the box of
    size s and ratio r is s·H·√r wide and s·H/√r high: width/height is r, also on a map that is not square.
    As fractions of the image that is s·√r·H/W and s/√r. Boxes may reach beyond the image.

    Not all n·m pairs are made, but (s1, r1), (s2, r1), …, (sn, r1), then (s1, r2), …, (s1, rm). The result
    holds the pixels row by row, and for each pixel its n+m-1 boxes in this order.
    Source: Dive into Deep Learning, section "Anchor Boxes".

    Common mistake: a larger ratio read as a taller box (it is wider and lower), or width s·r and height s/r
    without the square root, which makes width/height r².
    """
    raise NotImplementedError


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """13.4.2 Intersection over union of every box of one list with every box of another.

    boxes1: (n, 4) corner boxes of positive area
    boxes2: (m, 4) corner boxes of positive area
    returns: (n, m), element [i, j] is the IoU of boxes1[i] and boxes2[j], in 0..1

    Coordinates are continuous: a box is (x2 − x1)·(y2 − y1) large. Boxes that don't overlap, or only touch,
    have IoU 0. Example: (1, 1, 4, 4) and (1.4, 1, 5, 5) have IoU 0.5.
    """
    raise NotImplementedError


def boxes_with_iou(target: float) -> tuple[Tensor, Tensor]:
    """13.4.2 Construct two boxes that have a given IoU.

    target: the wanted IoU, in (0, 1]
    returns: two corner boxes (4,) of positive area whose IoU is `target` to within 1e-5
    raises: ValueError for a target outside (0, 1]

    Any pair will do: find one whose IoU you can write down as a formula, then solve it for the free number.
    """
    raise NotImplementedError


def assign_anchor_to_bbox(
    ground_truth: Tensor, anchors: Tensor, device: torch.device | str, iou_threshold: float = 0.5
) -> Tensor:
    """13.4.3 Which ground-truth box does each anchor box have to predict?

    ground_truth: (G, 4) corner boxes
    anchors: (A, 4) corner boxes
    device: device of the result
    iou_threshold: an anchor with at least this IoU takes part, even if no ground truth depends on it
    returns: (A,) integers, the index of the assigned ground-truth box, or −1 for none

    Two rules; the second one wins where both speak about an anchor.
    1. An anchor is assigned its ground truth of largest IoU, if that IoU ≥ iou_threshold.
    2. Every ground truth gets an anchor of its own, however small the IoU: take the largest IoU of the whole
       (A, G) matrix, assign that anchor to that ground truth, strike out its row and its column, and repeat
       until every ground truth has been served.
    Equal IoUs may be decided either way. A ≥ G may be assumed.
    """
    raise NotImplementedError


def offset_boxes(anchors: Tensor, assigned_bb: Tensor, eps: float = 1e-6) -> Tensor:
    """13.4.3 Encode boxes relative to their anchors: what a network learns to predict.

    anchors: (A, 4) corner boxes
    assigned_bb: (A, 4) corner boxes, the one assigned to each anchor
    eps: added inside the logarithm, so that a box of zero size stays finite
    returns: (A, 4) offsets (10·(xb − xa)/wa, 10·(yb − ya)/ha, 5·ln(eps + wb/wa), 5·ln(eps + hb/ha)), where
        (xa, ya) and (xb, yb) are the centres of anchor and box, wa, ha, wb, hb their widths and heights
    """
    raise NotImplementedError


def offset_inverse(anchors: Tensor, offset_preds: Tensor) -> Tensor:
    """13.4.3 Decode offsets back to boxes: the inverse of `offset_boxes`.

    anchors: (A, 4) corner boxes
    offset_preds: (A, 4) offsets in the form of `offset_boxes`
    returns: (A, 4) corner boxes
    """
    raise NotImplementedError


def multibox_target(anchors: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """13.4.3 Label every anchor box with a class and offsets, for training.

    anchors: (1, A, 4) corner boxes, the same for every image
    labels: (N, G, 5), each row (class, x1, y1, x2, y2) with classes from 0
    returns: a tuple of
        bbox_offset (N, A*4)   offsets of each anchor to its ground truth, 0 for background
        bbox_mask (N, A*4)     1 for the four offsets of an anchor that has a ground truth, else 0
        class_labels (N, A)    integers, class + 1 of the assigned ground truth, 0 for background

    Each image is labelled for itself, with `assign_anchor_to_bbox` (threshold 0.5) and `offset_boxes`.
    """
    raise NotImplementedError


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """13.4.3 Non-maximum suppression: of boxes that overlap much, keep the one of highest score.

    boxes: (n, 4) corner boxes
    scores: (n,) confidences, in any order
    iou_threshold: two kept boxes overlap with at most this IoU
    returns: (k,) integers, the indices of the boxes that are kept, by falling score

    Take the box of highest score, keep it, strike out all boxes whose IoU with it exceeds the threshold, and
    go on with the remaining ones until none is left.
    """
    raise NotImplementedError


def multibox_detection(
    cls_probs: Tensor,
    offset_preds: Tensor,
    anchors: Tensor,
    nms_threshold: float = 0.5,
    pos_threshold: float = 0.009999999,
) -> Tensor:
    """13.4.3 From predicted class probabilities and offsets to detected boxes.

    cls_probs: (N, C+1, A) probabilities, class 0 is background
    offset_preds: (N, A*4) predicted offsets
    anchors: (1, A, 4) corner boxes
    nms_threshold: IoU above which the box of lower confidence is removed
    pos_threshold: confidence below which a prediction counts as background
    returns: (N, A, 6), one row (class, confidence, x1, y1, x2, y2) for each anchor; classes count from 0
        without background, −1 is background or removed

    For each image by itself: decode the boxes; the class of an anchor is the most probable one other than
    background, its confidence that probability. One `nms` runs over the boxes of all classes together; boxes
    it removes get class −1 and keep their confidence. Rows of a confidence below pos_threshold get class −1,
    and 1 − confidence instead of it. Kept rows come first, by falling confidence; then the removed ones.
    """
    raise NotImplementedError


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    *,
    method: str = "linear",
    iou_threshold: float = 0.5,
    sigma: float = 0.5,
    score_threshold: float = 0.001,
) -> tuple[Tensor, Tensor]:
    """13.4.4 Soft suppression: lower the scores of overlapping boxes instead of removing the boxes.

    boxes: (n, 4) corner boxes
    scores: (n,) confidences, in any order; not changed
    method: what a box of IoU u with the chosen box has its score multiplied by
        "linear"    1 − u where u > iou_threshold, else 1
        "gaussian"  exp(−u²/sigma), whatever u
        "hard"      0 where u > iou_threshold, else 1: this is `nms`
    score_threshold: boxes whose score has fallen below it are dropped
    returns: a tuple of
        keep (k,)         integers, the indices of the boxes that are left, in the order they were chosen
        new_scores (k,)   their scores after the decay, in the same order
    raises: ValueError for another method

    Choose the remaining box of the highest *current* score; it keeps this score. Multiply the scores of all
    boxes that still remain. Repeat. A box can be lowered several times, and the order changes on the way.
    Source: Bodla et al., Soft-NMS: Improving Object Detection With One Line of Code (2017).
    """
    raise NotImplementedError


answer_13_4_1 = """
"""


answer_13_4_4 = """
"""


answer_13_4_5 = """
"""
