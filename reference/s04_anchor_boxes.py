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
    height, width = data.shape[-2:]
    rows = (torch.arange(height, device=data.device) + 0.5) / height
    columns = (torch.arange(width, device=data.device) + 0.5) / width
    y, x = torch.meshgrid(rows, columns, indexing="ij")  # (H, W) each
    centres = torch.stack((x, y, x, y), dim=-1).reshape(-1, 1, 4)  # (H*W, 1, 4)

    pairs = [(s, ratios[0]) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    s, r = torch.tensor(pairs, dtype=torch.float32, device=data.device).T  # (n+m-1,) each
    w, h = s * r.sqrt() * height / width, s / r.sqrt()
    corners = torch.stack((-w, -h, w, h), dim=-1) / 2  # (n+m-1, 4)

    return (centres + corners).reshape(1, -1, 4)


def box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """13.4.2 Intersection over union of every box of one list with every box of another.

    boxes1: (n, 4) corner boxes of positive area
    boxes2: (m, 4) corner boxes of positive area
    returns: (n, m), element [i, j] is the IoU of boxes1[i] and boxes2[j], in 0..1

    Coordinates are continuous: a box is (x2 − x1)·(y2 − y1) large. Boxes that don't overlap, or only touch,
    have IoU 0. Example: (1, 1, 4, 4) and (1.4, 1, 5, 5) have IoU 0.5.
    """
    upper_left = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])  # (n, m, 2)
    lower_right = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])  # (n, m, 2)
    intersection = (lower_right - upper_left).clamp(min=0).prod(dim=-1)  # (n, m)
    area1, area2 = _area(boxes1), _area(boxes2)  # (n,), (m,)
    return intersection / (area1[:, None] + area2 - intersection)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=-1)


def boxes_with_iou(target: float) -> tuple[Tensor, Tensor]:
    """13.4.2 Construct two boxes that have a given IoU.

    target: the wanted IoU, in (0, 1]
    returns: two corner boxes (4,) of positive area whose IoU is `target` to within 1e-5
    raises: ValueError for a target outside (0, 1]

    Any pair will do: find one whose IoU you can write down as a formula, then solve it for the free number.
    """
    if not 0 < target <= 1:
        raise ValueError(f"two boxes can have any IoU in (0, 1], not {target}")
    # The second box is the upper part of the first: intersection = target, union = 1.
    return torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 0.0, 1.0, target])


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
    iou = box_iou(anchors, ground_truth)  # (A, G)
    largest, nearest = iou.max(dim=1)  # (A,) each
    assigned = torch.where(largest >= iou_threshold, nearest, -1).to(device)
    for _ in range(len(ground_truth)):
        anchor, truth = divmod(int(iou.argmax()), len(ground_truth))
        assigned[anchor] = truth
        iou[anchor, :] = -1
        iou[:, truth] = -1
    return assigned


def offset_boxes(anchors: Tensor, assigned_bb: Tensor, eps: float = 1e-6) -> Tensor:
    """13.4.3 Encode boxes relative to their anchors: what a network learns to predict.

    anchors: (A, 4) corner boxes
    assigned_bb: (A, 4) corner boxes, the one assigned to each anchor
    eps: added inside the logarithm, so that a box of zero size stays finite
    returns: (A, 4) offsets (10·(xb − xa)/wa, 10·(yb − ya)/ha, 5·ln(eps + wb/wa), 5·ln(eps + hb/ha)), where
        (xa, ya) and (xb, yb) are the centres of anchor and box, wa, ha, wb, hb their widths and heights
    """
    centre, size = _centre_and_size(anchors)  # (A, 2) each
    box_centre, box_size = _centre_and_size(assigned_bb)
    shift = 10 * (box_centre - centre) / size
    scale = 5 * torch.log(eps + box_size / size)
    return torch.cat((shift, scale), dim=1)


def offset_inverse(anchors: Tensor, offset_preds: Tensor) -> Tensor:
    """13.4.3 Decode offsets back to boxes: the inverse of `offset_boxes`.

    anchors: (A, 4) corner boxes
    offset_preds: (A, 4) offsets in the form of `offset_boxes`
    returns: (A, 4) corner boxes
    """
    centre, size = _centre_and_size(anchors)  # (A, 2) each
    box_centre = centre + offset_preds[:, :2] / 10 * size
    box_size = size * torch.exp(offset_preds[:, 2:] / 5)
    return torch.cat((box_centre - box_size / 2, box_centre + box_size / 2), dim=1)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]


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
    anchors = anchors.squeeze(0)  # (A, 4)
    targets = [_image_target(anchors, label) for label in labels]
    bbox_offset, bbox_mask, class_labels = (torch.stack(parts) for parts in zip(*targets, strict=True))
    return bbox_offset, bbox_mask, class_labels


def _image_target(anchors: Tensor, label: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    assigned = assign_anchor_to_bbox(label[:, 1:], anchors, anchors.device)  # (A,)
    positive = assigned >= 0
    # Index −1 of a background anchor reads some box too; the mask drops what comes of it.
    classes = torch.where(positive, label[assigned, 0].long() + 1, 0)
    mask = positive.to(anchors.dtype).repeat_interleave(4)  # (A*4,)
    offsets = offset_boxes(anchors, label[assigned, 1:]).reshape(-1)
    return offsets * mask, mask, classes


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """13.4.3 Non-maximum suppression: of boxes that overlap much, keep the one of highest score.

    boxes: (n, 4) corner boxes
    scores: (n,) confidences, in any order
    iou_threshold: two kept boxes overlap with at most this IoU
    returns: (k,) integers, the indices of the boxes that are kept, by falling score

    Take the box of highest score, keep it, strike out all boxes whose IoU with it exceeds the threshold, and
    go on with the remaining ones until none is left.
    """
    iou = box_iou(boxes, boxes)  # (n, n)
    remaining = scores.argsort(descending=True)
    keep = []
    while len(remaining) > 0:
        best, others = remaining[0], remaining[1:]
        keep.append(int(best))
        remaining = others[iou[best, others] <= iou_threshold]
    return torch.tensor(keep, dtype=torch.long, device=boxes.device)


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
    anchors = anchors.squeeze(0)  # (A, 4)
    return torch.stack(
        [
            _image_detection(
                probs, offset_inverse(anchors, offsets.reshape(-1, 4)), nms_threshold, pos_threshold
            )
            for probs, offsets in zip(cls_probs, offset_preds, strict=True)
        ]
    )


def _image_detection(probs: Tensor, boxes: Tensor, nms_threshold: float, pos_threshold: float) -> Tensor:
    confidence, classes = probs[1:].max(dim=0)  # (A,) each
    keep = nms(boxes, confidence, nms_threshold)
    removed = torch.ones_like(classes, dtype=torch.bool)
    removed[keep] = False
    classes[removed] = -1
    low = confidence < pos_threshold
    classes[low] = -1
    confidence = torch.where(low, 1 - confidence, confidence)
    order = torch.cat((keep, removed.nonzero().flatten()))  # (A,)
    rows = torch.cat((classes[:, None].to(boxes.dtype), confidence[:, None], boxes), dim=1)  # (A, 6)
    return rows[order]


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
    iou = box_iou(boxes, boxes)  # (n, n)
    current = scores.clone()
    remaining = list(range(len(boxes)))
    keep: list[int] = []
    while remaining:
        top = max(remaining, key=lambda i: float(current[i]))
        remaining.remove(top)
        if current[top] >= score_threshold:
            keep.append(top)
        current[remaining] *= _decay(iou[top, remaining], method, iou_threshold, sigma)
    chosen = torch.tensor(keep, dtype=torch.long, device=boxes.device)
    return chosen, current[chosen]


def _decay(iou: Tensor, method: str, iou_threshold: float, sigma: float) -> Tensor:
    if method == "linear":
        return torch.where(iou > iou_threshold, 1 - iou, 1.0)
    if method == "gaussian":
        return torch.exp(-(iou**2) / sigma)
    if method == "hard":
        return torch.where(iou > iou_threshold, 0.0, 1.0)
    raise ValueError(f'method is "linear", "gaussian" or "hard", not {method!r}')


answer_13_4_1 = """
`sizes` is a scale: doubling s doubles width and height alike, so the box becomes four times as large in
area and keeps its form. `ratios` is width over height at constant area: in pixels the box is s·H·√r wide
and s·H/√r high, so a larger ratio makes it wider and lower, and a ratio below 1 makes it narrower and
taller. (It is often answered the other way round.) Each further size or ratio adds one box per pixel, n + m
− 1 in all.

`sizes` 是尺度：s 加倍时，宽和高同时加倍，面积变为四倍，形状不变。`ratios` 是面积不变时的宽高比：以像素计，
锚框宽 s·H·√r、高 s·H/√r，因此宽高比越大，锚框越宽、越矮；宽高比小于 1 时则更窄、更高（常见的错误是把两者说
反）。每增加一个大小或宽高比，每个像素只多一个锚框，共 n + m − 1 个。
Source: Ren et al., Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks (2015),
section 3.1.1.
"""

answer_13_4_4 = """
When several objects of one kind really stand close together: people in a crowd, animals of a herd, cars in
a traffic jam. Their true boxes overlap by more than the threshold, so hard suppression takes the partly
hidden person behind for a duplicate of the one in front and deletes a correct detection: recall falls.
Lowering the score instead keeps the box; it can still win where the evidence for it is strong, and a later
threshold on the score decides. The price is more duplicates of low score.

当同类目标确实彼此靠近、相互遮挡时，例如人群、畜群或拥堵的车流。它们的真实边界框之间的 IoU 就超过阈值，硬性
抑制会把后面被遮挡的人当作前面那个人的重复检测而删除，使召回率下降。如果只降低分数，这个框就得以保留；证据充
分时它仍能留下，最后由分数阈值决定。代价是低分的重复框会增多。
Source: Bodla et al., Soft-NMS: Improving Object Detection With One Line of Code (2017).
"""

answer_13_4_5 = """
Yes. One way is a network that re-scores the detections: it sees all boxes with their scores and overlaps,
exchanges information between neighbouring boxes, and lowers the scores of duplicates. Another way drops
suppression altogether: a detector trained end to end for set prediction gives each object exactly one box,
because its loss matches predictions and ground truths one to one. Both need the same supervision as
detection itself, annotated boxes: matching every ground truth to a single detection says which one is the
right one, and all others, duplicates included, count as background.

可以。一种做法是训练一个重新打分的网络：它看到所有的框、分数以及框与框之间的重叠，在相邻的框之间交换信息，从
而降低重复框的分数。另一种做法不再需要抑制：用集合预测的方式端到端地训练检测器，损失函数把预测与真实边界框一
对一匹配，每个目标只对应一个框。两种做法所需的监督信号都与检测本身相同，即标注好的真实边界框：每个真实边界框
只匹配一个检测结果，其余的（包括重复的框）都当作背景。
Source: Hosang, Benenson, Schiele, Learning Non-Maximum Suppression (2017); Carion et al., End-to-End Object
Detection with Transformers (2020).
"""
