"""13.7 Single-shot multibox detection (SSD).

Shapes: N images in a batch, A anchors for each, q classes of objects. Class 0 is the background, so there are q+1
scores; a box is (x1, y1, x2, y2).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


SIZES = ((0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))


RATIOS = (1, 2, 0.5)


ANCHORS_PER_PIXEL = 4


def smooth_l1(pred: Tensor, target: Tensor, sigma: float, reduction: str) -> Tensor:
    """13.7.1 The smooth L1 loss: quadratic near zero, linear far away.

    With x = pred − target:  ½(σx)² where |x| < 1/σ²,  |x| − ½/σ² elsewhere.

    pred, target: floating tensors of the same shape
    sigma: σ > 0; the larger, the narrower the quadratic part
    reduction: "none" (a loss for each element, same shape), "mean" or "sum" (a 0-dim tensor)
    returns: the loss; gradients flow to `pred`, so it has to be made of tensor operations
    errors: ValueError for any other `reduction` ("None" with a capital letter too)
    Source: Girshick, Fast R-CNN (2015), with σ as in Ren et al., Faster R-CNN (2015).
    """
    raise NotImplementedError


def focal_loss(logits: Tensor, target: Tensor, alpha: float, gamma: float, reduction: str) -> Tensor:
    """13.7.1 The focal loss of a softmax classifier: −α (1 − p)^γ log p, where p is the target class's probability.

    Examples that are already right (p near 1) hardly count: the many easy background anchors don't drown the few
    hard ones.

    logits: (N, C) scores before the softmax; any finite size, also ±1000
    target: (N,) class indices 0..C−1
    alpha: a factor on the whole loss (one number, not an index and not a weight for each class)
    gamma: γ ≥ 0; γ = 0 with α = 1 is the cross entropy
    reduction: "none" → (N,), "mean" or "sum" → a 0-dim tensor
    returns: the loss, finite also where p underflows to 0; gradients flow to `logits`
    errors: ValueError for any other `reduction`
    Source: Lin et al., Focal Loss for Dense Object Detection (2017).
    """
    raise NotImplementedError


def calc_loss(
    cls_preds: Tensor,
    cls_labels: Tensor,
    bbox_preds: Tensor,
    bbox_labels: Tensor,
    bbox_masks: Tensor,
    cls_weight: float = 1.0,
    bbox_weight: float = 1.0,
) -> Tensor:
    """13.7.1 and 13.7.2 The objective of a single-shot detector: one loss for each image.

    loss of an image = cls_weight · (mean class loss of its A anchors)
                     + bbox_weight · (mean box loss of its 4A offsets, where masked-out offsets count as 0)

    The class loss is the cross entropy and the box loss the L1 distance. Instead of them you may use your own
    `focal_loss` with alpha=1, gamma=2, and your own `smooth_l1` with sigma=1.

    cls_preds: (N, A, q+1) scores before the softmax
    cls_labels: (N, A) classes 0..q, 0 is the background
    bbox_preds, bbox_labels: (N, 4A) predicted and true offsets
    bbox_masks: (N, 4A) 1.0 for the offsets of anchors that have an object, 0.0 for the others; bbox_labels are 0 there
    cls_weight, bbox_weight: 13.7.2: factors of the two parts; 1 leaves the plain sum
    returns: (N,) losses; gradients flow to cls_preds and bbox_preds
    Source: Liu et al., SSD: Single Shot MultiBox Detector (2016).
    """
    raise NotImplementedError


class TinySSD(nn.Module):
    """13.7.1 A small single-shot detector with five scales.

    TinySSD(num_classes): num_classes is q, the number of object classes without the background.

    Five stages, one after the other; each gives a feature map that the next one reads:
      0  three down-sampling blocks: 3 → 16 → 32 → 64 channels
      1  one down-sampling block: 64 → 128 channels
      2  one down-sampling block: 128 → 128 channels
      3  one down-sampling block: 128 → 128 channels
      4  a global max pooling to 1×1
    A down-sampling block is twice (3×3 convolution with padding 1, batch normalisation, ReLU), then a 2×2 max
    pooling with stride 2. A 256×256 image has maps of 32×32, 16×16, 8×8, 4×4 and 1×1 pixels.

    For every map: anchors by `multibox_prior` with the stage's row of SIZES and with RATIOS (4 for each pixel), their
    class scores by a 3×3 convolution `cls_predictor` and their offsets by `bbox_predictor`. Values of one pixel stay
    together and the scales follow one another, so that row k of the predictions belongs to anchor k.

    forward(X (N, 3, H, W)) -> (anchors (1, A, 4), cls_preds (N, A, q+1), bbox_preds (N, 4A));
    A is 5444 for 256×256. Any H and W that are multiples of 64 work.
    Source: Dive into Deep Learning, "Single Shot Multibox Detection"; Liu et al. (2016).
    """

    def __init__(self, num_classes: int) -> None:
        raise NotImplementedError

    def forward(self, X: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        raise NotImplementedError


def resize_with_boxes(image: Tensor, boxes: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """13.7.2 Enlarge or shrink an image and take its boxes along: small objects become large enough for the anchors.

    image: (C, H, W) floating, values in 0..1
    boxes: (n, 4) corner boxes in pixels of `image`; n may be 0
    scale: a positive number; 2 doubles width and height
    returns: (image (C, round(H·scale), round(W·scale)) with values in 0..1, boxes (n, 4) in pixels of the new image)
    Common mistake: only the image is resized, and the boxes stay where they were.
    """
    raise NotImplementedError


def sample_negatives(cls_loss: Tensor, cls_labels: Tensor, ratio: int = 3) -> Tensor:
    """13.7.2 Hard negative mining: which anchors count in the class loss.

    Nearly all anchors are background. Keep every positive one (label > 0) and, in each image, the `ratio` times as
    many negatives whose loss is highest: exactly min(ratio · positives, negatives) of them. An image without any
    positive is treated as if it had one: it keeps min(ratio, negatives).

    cls_loss: (N, A) class loss of each anchor
    cls_labels: (N, A) classes, 0 is the background
    returns: (N, A) bool mask, True for the anchors that are kept; equal losses may be broken either way
    Source: Liu et al., SSD (2016), section 2.2.
    Common mistake: positives, which often have the highest losses, are ranked together with the negatives, so that
    fewer negatives than wanted are kept; or the negatives are counted over the whole batch.
    """
    raise NotImplementedError


def mean_average_precision(
    preds: list[Tensor], truths: list[Tensor], iou_threshold: float = 0.5, method: str = "area"
) -> float:
    """13.7.2 How good a detector is: the mean over classes of the average precision.

    preds: one tensor (n, 6) for each image, rows (class, score, x1, y1, x2, y2) in any order: what
        `multibox_detection` returns
    truths: one tensor (m, 5) for each image, rows (class, x1, y1, x2, y2)
    Rows of class −1 are padding in both and are ignored; n and m may be 0.
    iou_threshold: a prediction can match a truth of its class and image when their IoU is at least this
    method: "area" or "11point"
    returns: a float in 0..1; the mean is over the classes that have a truth; 0.0 if there is none
    errors: ValueError for any other `method`

    For each class: take its predictions of all images by falling score. Each looks for the truth of its image with
    the highest IoU. It is a hit if that IoU is large enough and no earlier prediction has taken that truth; otherwise
    it is a false alarm (also a second box on the same object). After each prediction, precision = hits / predictions
    so far and recall = hits / truths. The precision at recall r is the highest one reached at any recall ≥ r.
    "area" is the area under that curve, "11point" its mean at the recalls 0, 0.1, …, 1.
    Source: Everingham et al., The PASCAL Visual Object Classes (VOC) Challenge (2010); "area" since VOC 2010.
    Common mistake: one truth is matched by two predictions, or the order of the scores is not used.
    """
    raise NotImplementedError
