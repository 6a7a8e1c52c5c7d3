"""Graded properties of 13.7."""

import itertools
import math

import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import bulk_tensor, corner_box

from grader.checks import Tolerance, agree, expect, fail, mapping, number, sequence, tensor
from grader.errors import Crashed, NotAttempted
from grader.subject import StudentObject

SIGMAS = st.sampled_from([1.0, 0.5, 2.0, 3.0])
GAMMAS = st.sampled_from([2.0, 1.0, 0.5, 5.0])


@st.composite
def pairs_of_offsets(draw):
    """pred and target of the same shape, (n,) or (n, 4)."""
    n = draw(st.integers(1, 4))
    shape = draw(st.sampled_from([(n,), (n, 4)]))
    return draw(bulk_tensor(*shape)), draw(bulk_tensor(*shape))


@st.composite
def classified(draw):
    """logits (n, C) and target (n,)."""
    n, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    target = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    return draw(bulk_tensor(n, classes, low=-3, high=3)), torch.tensor(target)


@st.composite
def detector_batch(draw, least: int = 1):
    """cls_preds, cls_labels, bbox_preds, bbox_labels, bbox_masks, as a net and multibox_target would give them."""
    n, anchors, classes = draw(st.integers(least, 3)), draw(st.integers(1, 3)), draw(st.integers(2, 3))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=n * anchors, max_size=n * anchors))
    labels = torch.tensor(labels).reshape(n, anchors)
    masks = (labels > 0).float().repeat_interleave(4, dim=1)
    cls_preds = draw(bulk_tensor(n, anchors, classes))
    bbox_preds, bbox_labels = draw(bulk_tensor(n, 4 * anchors)), draw(bulk_tensor(n, 4 * anchors))
    return cls_preds, labels, bbox_preds, bbox_labels * masks, masks


def _raises(call, *args) -> bool:
    try:
        call(*args)
    except (Crashed, NotAttempted):
        return True
    return False


def _gradient(found, what: str, shape) -> torch.Tensor:
    if found is None:
        fail(
            f"no gradient reaches {what}: the loss cannot be trained with",
            hint="torch.tensor(...), .item(), .detach() and numpy forget how a value was made; use tensor operations on "
            "the whole input, such as torch.where.",
        )
    return tensor(found, shape=shape, what=f"the gradient of {what}")


# -- 13.7.1 smooth L1


@given(pair=pairs_of_offsets(), sigma=SIGMAS)
def test_smooth_l1_values(student, reference, pair, sigma):
    """smooth_l1 is ½(σx)² where |x| < 1/σ² and |x| − ½/σ² elsewhere, with x = pred − target."""
    pred, target = pair
    got = tensor(student.smooth_l1(pred, target, sigma, "none"), shape=pred.shape, what="smooth_l1")
    agree(got, reference.smooth_l1(pred, target, sigma, "none"), what="smooth_l1")
    agree(got, F.smooth_l1_loss(pred, target, reduction="none", beta=1 / sigma**2), what="smooth_l1")


def test_smooth_l1_has_no_jump(student):
    """smooth_l1 is 0 at 0, even, and has no jump: between two values of x it changes by no more than x does."""
    x = torch.linspace(0, 5, 251)
    for sigma in (1.0, 0.5, 2.0):
        got = tensor(student.smooth_l1(x, torch.zeros(251), sigma, "none"), shape=(251,), what="smooth_l1")
        agree(got[0], torch.tensor(0.0), what="smooth_l1 of equal values")
        rise, at = got.diff().abs().max(0)
        expect(
            float(rise) <= 0.0201,
            f"smooth_l1 jumps by {float(rise):.3g} between x = {float(x[at]):.2f} and {float(x[at + 1]):.2f} (σ = {sigma:g})",
            hint="The two pieces must meet where the first one has the slope 1: at |x| = 1/σ².",
        )
        other = tensor(student.smooth_l1(torch.zeros(251), x, sigma, "none"), shape=(251,), what="smooth_l1")
        agree(other, got, what="smooth_l1 of −x, against that of x")


@given(pair=pairs_of_offsets(), sigma=SIGMAS)
def test_smooth_l1_gradient(student, pair, sigma):
    """smooth_l1 is differentiable: its derivative is σ²x, bounded to −1..1."""
    pred, target = pair
    found = student.vjp("smooth_l1", pred, target, sigma, "none")
    gradient = _gradient(sequence(found.inputs, 2)[0], "pred", pred.shape)
    agree(gradient, (sigma**2 * (pred - target)).clamp(-1, 1), what="derivative of smooth_l1")


# -- 13.7.1 focal loss


def _focal(logits: torch.Tensor, target: torch.Tensor, alpha: float, gamma: float) -> list[float]:
    """−α (1 − p)^γ log p, example by example."""
    losses = []
    for row, label in zip(logits.tolist(), target.tolist(), strict=True):
        p = math.exp(row[label]) / sum(math.exp(v) for v in row)
        losses.append(-alpha * (1 - p) ** gamma * math.log(p))
    return losses


@given(case=classified(), alpha=st.sampled_from([1.0, 0.25, 2.0]), gamma=GAMMAS)
def test_focal_values(student, reference, case, alpha, gamma):
    """focal_loss is −α (1 − p)^γ log p for each example, where p is the softmax probability of its class."""
    logits, target = case
    got = student.focal_loss(logits, target, alpha, gamma, "none")
    got = tensor(got, shape=target.shape, what="focal_loss", meaning="one loss for each example")
    agree(got, torch.tensor(_focal(logits, target, alpha, gamma)), what="focal_loss")
    agree(got, reference.focal_loss(logits, target, alpha, gamma, "none"), what="focal_loss")


@given(case=classified())
def test_focal_without_focus_is_cross_entropy(student, case):
    """With γ = 0 and α = 1 focal_loss is the cross entropy."""
    logits, target = case
    got = tensor(student.focal_loss(logits, target, 1.0, 0.0, "none"), shape=target.shape, what="focal_loss")
    agree(got, F.cross_entropy(logits, target, reduction="none"), what="focal_loss with γ = 0")


@given(case=classified(), gammas=st.tuples(GAMMAS, GAMMAS).filter(lambda g: g[0] < g[1]))
def test_focal_decreases_with_gamma(student, case, gammas):
    """A larger γ lowers the loss of every example, and that of a well-classified one most."""
    logits, target = case
    low, high = (
        tensor(student.focal_loss(logits, target, 1.0, g, "none"), shape=target.shape, what="focal_loss")
        for g in gammas
    )
    p = logits.softmax(1)[torch.arange(len(target)), target]
    expect(
        bool((high <= low + 1e-5).all()),
        f"the loss rises from γ = {gammas[0]} to {gammas[1]}",
        got=high,
        wanted=low,
    )
    agree(high, low * (1 - p) ** (gammas[1] - gammas[0]), what="focal_loss with the larger γ")


def test_focal_stays_finite(student):
    """focal_loss and its gradient are finite when the probability of the class underflows to 0 or is 1."""
    logits = torch.tensor([[0.0, 1000.0], [1000.0, 0.0], [-1000.0, 1000.0], [0.0, 100.0]])
    target = torch.zeros(4, dtype=torch.int64)
    found = student.vjp("focal_loss", logits, target, 1.0, 2.0, "none")
    hint = "log(softmax(x)) is −inf once the softmax is 0; log_softmax computes the logarithm directly."
    value = found.value
    if isinstance(value, torch.Tensor) and value.dtype.is_floating_point:
        expect(
            bool(value.isfinite().all()),
            "focal_loss is infinite or NaN for a confident wrong score",
            got=value,
            hint=hint,
        )
    value = tensor(value, shape=(4,), what="focal_loss")
    agree(
        value,
        torch.tensor([1000.0, 0.0, 2000.0, 100.0]),
        what="focal_loss of very confident scores",
        hint=hint,
    )
    gradient = sequence(found.inputs, 1)[0]
    if gradient is not None:  # whether there is one at all is another item
        tensor(gradient, shape=(4, 2), what="the gradient of focal_loss for very confident scores")


@given(case=classified(), gamma=GAMMAS)
def test_focal_gradient(student, reference, case, gamma):
    """focal_loss is differentiable with respect to its logits."""
    logits, target = case
    found = student.vjp("focal_loss", logits, target, 1.0, gamma, "none")
    gradient = _gradient(sequence(found.inputs, 1)[0], "logits", logits.shape)
    agree(
        gradient,
        reference.vjp("focal_loss", logits, target, 1.0, gamma, "none").inputs[0],
        what="gradient of logits",
    )
    # Adding a constant to all scores of an example changes nothing, so its gradient sums to 0.
    agree(
        gradient.sum(1),
        torch.zeros(len(target), dtype=gradient.dtype),
        what="gradient summed over the classes",
    )


# -- 13.7.1 reductions


@given(pair=pairs_of_offsets(), case=classified())
def test_reductions_mean_and_sum(student, pair, case):
    """ "mean" and "sum" give the mean and the sum of what "none" gives."""
    pred, target = pair
    each = tensor(student.smooth_l1(pred, target, 1.0, "none"), shape=pred.shape, what="smooth_l1")
    agree(student.smooth_l1(pred, target, 1.0, "mean"), each.mean(), what='smooth_l1 with "mean"')
    agree(student.smooth_l1(pred, target, 1.0, "sum"), each.sum(), what='smooth_l1 with "sum"')
    logits, labels = case
    each = tensor(student.focal_loss(logits, labels, 1.0, 2.0, "none"), shape=labels.shape, what="focal_loss")
    agree(student.focal_loss(logits, labels, 1.0, 2.0, "mean"), each.mean(), what='focal_loss with "mean"')
    agree(student.focal_loss(logits, labels, 1.0, 2.0, "sum"), each.sum(), what='focal_loss with "sum"')


def test_unknown_reduction_is_an_error(student):
    """A reduction that does not exist, such as "None" with a capital letter, is an error."""
    x, logits, labels = torch.tensor([0.5, 2.0]), torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([0, 0])
    tensor(student.smooth_l1(x, x * 2, 1.0, "sum"), shape=(), what='smooth_l1 with "sum"')
    tensor(student.focal_loss(logits, labels, 1.0, 2.0, "sum"), shape=(), what='focal_loss with "sum"')
    hint = "A misspelt word that is silently taken for another one costs hours: end with `raise ValueError(...)`."
    for word in ("None", "average"):
        accepted = f'reduction="{word}" was silently accepted'
        expect(
            _raises(student.smooth_l1, x, x * 2, 1.0, word),
            f"smooth_l1: {accepted}",
            wanted="ValueError",
            hint=hint,
        )
        refused = _raises(student.focal_loss, logits, labels, 1.0, 2.0, word)
        expect(refused, f"focal_loss: {accepted}", wanted="ValueError", hint=hint)


# -- 13.7.1 calc_loss


def _nearest(got: torch.Tensor, choices: list[torch.Tensor]) -> torch.Tensor:
    """The legal choice that the student most likely made."""
    return min(choices, key=lambda c: float((got - c).abs().max()))


@given(batch=detector_batch())
def test_calc_loss_class_part(student, batch):
    """With perfect offsets calc_loss is the class loss of each image, averaged over its anchors."""
    cls_preds, cls_labels, _, bbox_labels, masks = batch
    n, anchors, classes = cls_preds.shape
    got = student.calc_loss(cls_preds, cls_labels, bbox_labels, bbox_labels, masks)
    got = tensor(got, shape=(n,), what="calc_loss", meaning="one loss for each image")
    flat = cls_preds.reshape(-1, classes), cls_labels.reshape(-1)
    entropy = F.cross_entropy(*flat, reduction="none").reshape(n, anchors).mean(1)
    focal = torch.tensor(_focal(*flat, 1.0, 2.0)).reshape(n, anchors).mean(1)
    wanted = _nearest(got, [entropy, focal, focal / 4])  # the paper's α is 0.25
    agree(
        got, wanted, what="calc_loss", conventions={"class loss summed over the anchors": entropy * anchors}
    )


@given(batch=detector_batch())
def test_calc_loss_box_part(student, batch):
    """Wrong offsets add to calc_loss their L1 (or smooth L1) distance, averaged over all 4A offsets of the image."""
    cls_preds, cls_labels, bbox_preds, bbox_labels, masks = batch
    n, bbox_preds = len(cls_preds), bbox_preds * masks  # whether the mask is applied is another item
    total = student.calc_loss(cls_preds, cls_labels, bbox_preds, bbox_labels, masks)
    total = tensor(total, shape=(n,), what="calc_loss", meaning="one loss for each image")
    classes = student.calc_loss(cls_preds, cls_labels, bbox_labels, bbox_labels, masks)
    got = total - tensor(classes, shape=(n,), what="calc_loss", meaning="one loss for each image")
    distance = (bbox_preds - bbox_labels).abs()
    absolute = distance.mean(1)
    smooth = torch.where(distance < 1, distance**2 / 2, distance - 0.5).mean(1)
    others = {
        "box loss averaged over the offsets with mask 1 only": distance.sum(1) / masks.sum(1).clamp(min=1),
        "box loss summed over the offsets": distance.sum(1),
    }
    # a difference of two losses of size 5 has lost one digit
    within = Tolerance(1e-4, 5e-5)
    wanted = _nearest(got, [absolute, smooth]).to(got.dtype)
    agree(got, wanted, what="box part of calc_loss", within=within, conventions=others)


@given(batch=detector_batch(least=2))
def test_calc_loss_images_are_separate(student, batch):
    """calc_loss of a batch holds, for each image, what calc_loss gives for that image alone."""
    n = len(batch[0])
    got = tensor(student.calc_loss(*batch), shape=(n,), what="calc_loss", meaning="one loss for each image")
    for i in range(n):
        alone = student.calc_loss(*(part[i : i + 1] for part in batch))
        alone = tensor(alone, shape=(1,), what="calc_loss of one image", meaning="one loss for each image")
        agree(got[i : i + 1], alone, what=f"calc_loss of image {i} in the batch, against that image alone")


@given(batch=detector_batch(), change=st.sampled_from([1.0, -3.0, 100.0]))
def test_calc_loss_ignores_masked_offsets(student, batch, change):
    """Predicted offsets of background anchors, where the mask is 0, do not change calc_loss."""
    cls_preds, cls_labels, bbox_preds, bbox_labels, masks = batch
    n = len(cls_preds)
    got = tensor(student.calc_loss(*batch), shape=(n,), what="calc_loss")
    moved = bbox_preds + change * (1 - masks)
    other = tensor(
        student.calc_loss(cls_preds, cls_labels, moved, bbox_labels, masks), shape=(n,), what="calc_loss"
    )
    agree(
        other,
        got,
        what="calc_loss after a change of offsets that are masked out",
        hint="Multiply the offsets by bbox_masks before you average.",
    )


@given(batch=detector_batch())
def test_calc_loss_gradient(student, batch):
    """calc_loss sends gradients to the class scores and to the offsets."""
    found = sequence(student.vjp("calc_loss", *batch).inputs, 4)
    scores = _gradient(found[0], "cls_preds", batch[0].shape)
    expect(bool((scores.abs().sum(-1) > 0).all()), "an anchor's class scores get no gradient", got=scores)
    offsets = _gradient(found[1], "bbox_preds", batch[2].shape)
    wrong = ((batch[2] - batch[3]) * batch[4]).abs() > 0
    expect(
        bool((offsets[wrong] != 0).all()),
        "wrong offsets that are not masked out get no gradient",
        got=offsets,
    )


def test_detector_losses_leave_their_inputs_alone(student):
    """The loss functions do not change the tensors they are given."""
    x, logits, labels = torch.tensor([0.5, 2.0]), torch.tensor([[1.0, 0.0], [0.0, 2.0]]), torch.tensor([0, 1])
    student.smooth_l1(x, x * 3, 1.0, "mean")
    expect(not student.changed, "smooth_l1 changed its input in place", got=student.changed)
    student.focal_loss(logits, labels, 1.0, 2.0, "mean")
    expect(not student.changed, "focal_loss changed its input in place", got=student.changed)
    masks = torch.tensor([[0.0] * 4 + [1.0] * 4])
    student.calc_loss(logits[None], labels[None], torch.ones(1, 8), torch.full((1, 8), 3.0) * masks, masks)
    expect(not student.changed, "calc_loss changed its input in place", got=student.changed)


# -- 13.7.1 TinySSD


def _image(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3))


def _net(student, num_classes: int) -> StudentObject:
    net = student.TinySSD(num_classes)
    if not isinstance(net, StudentObject):
        fail(
            "TinySSD(num_classes) is not a network",
            got=net,
            hint="Write a class that derives from nn.Module.",
        )
    return net


def _anchors(found, anchors: int) -> torch.Tensor:
    """The anchors (A, 4) of TinySSD's output; (1, A, 4) and (A, 4) are as good."""
    boxes = sequence(found, 3, what="the output of TinySSD")[0]
    if isinstance(boxes, torch.Tensor) and boxes.ndim == 2:
        boxes = boxes[None]
    return tensor(boxes, shape=(1, anchors, 4), what="anchors", meaning="4 for each pixel of the five maps")[
        0
    ]


def _prove_outputs(found, n: int, anchors: int, num_classes: int) -> None:
    """anchors, cls_preds (n, A, q+1), and bbox_preds (n, 4A) or (n, A, 4)."""
    _anchors(found, anchors)
    _, classes, offsets = sequence(found, 3, what="the output of TinySSD")
    meaning = "a score for each class and the background"
    tensor(classes, shape=(n, anchors, num_classes + 1), what="cls_preds", meaning=meaning)
    shape = (n, anchors, 4) if isinstance(offsets, torch.Tensor) and offsets.ndim == 3 else (n, 4 * anchors)
    tensor(offsets, shape=shape, what="bbox_preds", meaning="4 offsets for each anchor")


def test_ssd_output_sizes(student):
    """TinySSD gives 5444 anchors for a 256×256 image, q+1 scores for each of them, and 4 offsets for each."""
    _prove_outputs(_net(student, 1)(_image(1, 3, 256, 256)), 1, 5444, 1)
    _prove_outputs(_net(student, 3)(_image(2, 3, 64, 64)), 2, 344, 3)


def test_ssd_anchors(student, reference):
    """TinySSD's anchors are those of multibox_prior for the five maps, in order, with their own sizes."""
    image = _image(1, 3, 64, 64)
    got = _anchors(_net(student, 1)(image), 344)
    wanted = reference.TinySSD(1)(image)[0][0]
    agree(got, wanted, what="anchors")
    sides = got[:, 2:] - got[:, :2]
    starts = [0, 256, 320, 336, 340]  # 8×8, 4×4, 2×2, 1×1 and 1×1 pixels
    agree(
        sides[starts, 0],
        torch.tensor([0.2, 0.37, 0.54, 0.71, 0.88]),
        what="width of the first anchor of each scale",
    )


def test_ssd_predictions_belong_to_their_anchors(student):
    """Row k of the predictions is computed from the part of the image around anchor k."""
    net = _net(student, 1)
    net.call("eval")
    row, column, anchors = 1, 13, 684  # of an 8×16 map; a 64×128 image has 684 anchors
    k = (row * 16 + column) * 4 + 2
    chosen = torch.zeros(1, anchors, 1)
    chosen[0, k] = 1.0
    for part, what in ((1, "cls_preds"), (2, "bbox_preds")):
        weights = [torch.zeros(1, anchors, 4), torch.zeros(1, anchors, 2), torch.zeros(1, anchors, 4)]
        weights[part] = chosen.expand_as(weights[part]).contiguous()
        found = student.vjp(net, _image(1, 3, 64, 128), cotangent=weights)
        _prove_outputs(found.value, 1, anchors, 1)
        gradient = _gradient(sequence(found.inputs, 1)[0], "the image", (1, 3, 64, 128))
        y, x = (gradient[0].abs().sum(0) > 0).nonzero().unbind(1)
        expect(len(x) > 0, f"{what}[0, {k}] does not depend on the image")
        near = ((y - (row * 8 + 4)).abs() <= 32) & ((x - (column * 8 + 4)).abs() <= 32)
        middle = f"({x.double().mean():.0f}, {y.double().mean():.0f})"
        expect(
            bool(near.all()),
            f"{what}[0, {k}] looks at the image around pixel {middle}, but anchor {k} lies at (108, 12)",
            hint="Move the channels to the end before you flatten a feature map, so that the values of one pixel stay together.",
        )


def test_ssd_every_parameter_learns(student):
    """Every parameter of TinySSD gets a gradient."""
    net = _net(student, 2)
    random = torch.Generator().manual_seed(5)
    weights = [
        torch.rand(1, 344, 4),
        torch.rand(2, 344, 3, generator=random),
        torch.rand(2, 344, 4, generator=random),
    ]
    found = student.vjp(net, _image(2, 3, 64, 64), cotangent=weights)
    gradients = mapping(found.parameters, what="the parameters of TinySSD")
    expect(
        bool(gradients),
        "TinySSD has no parameters: assign its layers to self, lists of them as nn.ModuleList",
    )
    for name, gradient in gradients.items():
        expect(
            gradient is not None,
            f"parameter {name!r} gets no gradient: its layer does not act on the predictions",
        )
        gradient = tensor(gradient, what=f"the gradient of {name!r}")
        expect(
            gradient.ndim < 2 or bool((gradient != 0).any()), f"the gradient of parameter {name!r} is zero"
        )


# -- 13.7.2 resize


@st.composite
def image_with_boxes(draw):
    """An image (3, H, W) with sides that are multiples of 4, and whole-pixel boxes in it."""
    height, width = draw(st.integers(2, 6)) * 4, draw(st.integers(2, 6)) * 4
    boxes = []
    for _ in range(draw(st.integers(1, 3))):
        x1, y1 = draw(st.integers(0, width - 2)), draw(st.integers(0, height - 2))
        boxes.append([x1, y1, draw(st.integers(x1 + 1, width)), draw(st.integers(y1 + 1, height))])
    return _image(3, height, width), torch.tensor(boxes, dtype=torch.float32)


SCALES = st.sampled_from([2.0, 0.5, 1.0, 1.5, 3.0])


def _resized(student, image, boxes, scale) -> tuple[torch.Tensor, torch.Tensor]:
    new_image, new_boxes = sequence(
        student.resize_with_boxes(image, boxes, scale), 2, what="resize_with_boxes"
    )
    return new_image, tensor(new_boxes, shape=boxes.shape, what="boxes", meaning="one row of 4 per box")


@given(case=image_with_boxes(), scale=SCALES)
def test_resize_gives_the_new_size(student, case, scale):
    """resize_with_boxes multiplies height and width by the scale."""
    image, boxes = case
    _, height, width = image.shape
    got = _resized(student, image, boxes, scale)[0]
    tensor(got, shape=(3, round(height * scale), round(width * scale)), what="the resized image")


@given(case=image_with_boxes(), scale=SCALES)
def test_resize_takes_the_boxes_along(student, reference, case, scale):
    """resize_with_boxes scales the boxes, in pixels, by the same factor as the image."""
    image, boxes = case
    got = _resized(student, image, boxes, scale)[1]
    agree(got, boxes * scale, what="boxes")
    agree(got, reference.resize_with_boxes(image, boxes, scale)[1], what="boxes")


@given(
    corner=st.tuples(st.integers(0, 3), st.integers(0, 2)),
    size=st.tuples(st.integers(2, 4), st.integers(2, 3)),
    scale=st.sampled_from([2.0, 0.5, 3.0]),
)
def test_resize_keeps_objects_in_their_boxes(student, corner, size, scale):
    """A bright rectangle painted into its box fills the box after resizing, and nothing outside it is bright."""
    box = torch.tensor([*corner, corner[0] + size[0], corner[1] + size[1]]) * 4.0
    x1, y1, x2, y2 = box.int().tolist()
    image = torch.zeros(3, 20, 28)
    image[:, y1:y2, x1:x2] = 1.0
    got, boxes = _resized(student, image, box[None], scale)
    got = tensor(got, shape=(3, round(20 * scale), round(28 * scale)), what="the resized image")
    expect(
        float(got.min()) >= -1e-4 and float(got.max()) <= 1 + 1e-4,
        f"the resized image has values from {float(got.min()):.3g} to {float(got.max()):.3g}, wanted 0..1",
    )
    y, x = torch.meshgrid(torch.arange(got.shape[1]) + 0.5, torch.arange(got.shape[2]) + 0.5, indexing="ij")
    left, top, right, bottom = (v * scale for v in box.tolist())
    inward = torch.stack((x - left, right - x, y - top, bottom - y)).amin(
        0
    )  # how deep a pixel lies in the box
    margin = max(1.0, scale)  # interpolation blurs the edge
    expect(
        bool((got[:, inward > margin] > 0.9).all()), "the object does not fill its box any more", got=boxes
    )
    expect(bool((got[:, inward < -margin] < 0.1).all()), "parts of the object lie outside its box", got=boxes)


@given(height=st.integers(5, 12), width=st.integers(5, 12), scale=st.sampled_from([1.5, 1.3, 0.7]))
def test_resize_to_whole_pixels(student, height, width, scale):
    """Where the scaled size is not whole, the image is at most a pixel off and the boxes follow the scale."""
    boxes = torch.tensor([[1.0, 2.0, 4.0, 3.0], [0.0, 0.0, width, height]])
    got, scaled = _resized(student, _image(3, height, width), boxes, scale)
    got = tensor(got, shape=(3, None, None), what="the resized image")
    new_height, new_width = got.shape[1:]
    off = max(abs(new_height - height * scale), abs(new_width - width * scale))
    expect(off < 1, f"{height}×{width} scaled by {scale} is {new_height}×{new_width}", got=got)
    factors = torch.tensor([new_width / width, new_height / height] * 2)
    agree(scaled, _nearest(scaled, [boxes * factors, boxes * scale]).to(scaled.dtype), what="boxes")


def test_resize_without_boxes(student):
    """resize_with_boxes accepts an image without any box."""
    image, _ = _resized(student, _image(3, 8, 12), torch.zeros(0, 4), 2.0)
    tensor(image, shape=(3, 16, 24), what="the resized image")


# -- 13.7.2 hard negatives


@st.composite
def anchor_losses(draw, positives: bool = True):
    """cls_loss (n, A) and cls_labels (n, A): at least one positive in each image, or none."""
    n, anchors = draw(st.integers(1, 3)), draw(st.integers(1, 7))
    labels = torch.zeros(n, anchors, dtype=torch.int64)
    for row in labels if positives else ():
        for i in draw(st.sets(st.integers(0, anchors - 1), min_size=1, max_size=min(3, anchors))):
            row[i] = draw(st.integers(1, 2))
    return draw(bulk_tensor(n, anchors, low=0, high=4)), labels


def _kept(student, cls_loss, cls_labels, ratio) -> torch.Tensor:
    """The mask; 0 and 1 of any dtype are as good as bool."""
    got = student.sample_negatives(cls_loss, cls_labels, ratio)
    got = tensor(
        got, shape=cls_loss.shape, dtype=None, what="sample_negatives", meaning="a mask, one value per anchor"
    )
    expect(
        bool(((got == 0) | (got == 1)).all()),
        "sample_negatives holds other values than True and False",
        got=got,
    )
    return got.bool()


@given(case=anchor_losses(), ratio=st.integers(1, 3))
def test_negatives_keep_all_positives(student, case, ratio):
    """sample_negatives keeps every positive anchor, however small its loss."""
    kept = _kept(student, *case, ratio)
    expect(bool(kept[case[1] > 0].all()), "a positive anchor was dropped", got=kept, wanted=case[1] > 0)


@given(case=anchor_losses(), ratio=st.integers(1, 3))
def test_negatives_are_counted_per_image(student, reference, case, ratio):
    """In each image sample_negatives keeps min(ratio · positives, negatives) negative anchors."""
    loss, labels = case
    kept = _kept(student, loss, labels, ratio)
    for i, row in enumerate(labels):
        positives, negatives = int((row > 0).sum()), int((row == 0).sum())
        wanted = min(ratio * positives, negatives)
        count = int((kept[i] & (row == 0)).sum())
        message = (
            f"image {i} has {positives} positive and {negatives} negative anchors; {count} negatives are kept"
        )
        expect(count == wanted, f"{message}, wanted {wanted}", got=kept)
    agree(
        kept.sum(1), reference.sample_negatives(loss, labels, ratio).sum(1), what="anchors kept in each image"
    )


@given(case=anchor_losses(), ratio=st.integers(1, 2))
def test_negatives_are_the_hardest(student, case, ratio):
    """The negatives that sample_negatives keeps have the highest losses of their image."""
    loss, labels = case
    kept = _kept(student, loss, labels, ratio)
    for i, (losses, row) in enumerate(zip(loss, kept, strict=True)):
        easiest = losses[row & (labels[i] == 0)].tolist()
        hardest = losses[~row & (labels[i] == 0)].tolist()
        if easiest and hardest:
            message = f"image {i}: a negative with loss {min(easiest):g} is kept, one with {max(hardest):g} is dropped"
            expect(min(easiest) >= max(hardest), message, got=row)


def test_negatives_three_by_default(student):
    """Without a ratio, sample_negatives keeps three negatives for each positive."""
    labels = torch.tensor([[1, 0, 0, 0, 0, 0]])
    got = student.sample_negatives(torch.tensor([[0.5, 4.0, 3.0, 2.0, 1.0, 0.0]]), labels)
    got = tensor(got, shape=(1, 6), dtype=None, what="sample_negatives")
    agree(
        got.int(),
        torch.tensor([[1, 1, 1, 1, 0, 0]], dtype=torch.int32),
        what="sample_negatives without a ratio",
    )


@given(case=anchor_losses(positives=False), ratio=st.integers(1, 3))
def test_negatives_without_positives(student, case, ratio):
    """An image without a positive anchor keeps its `ratio` hardest negatives, or all if it has fewer."""
    kept = _kept(student, *case, ratio)
    wanted = min(ratio, kept.shape[1])
    counts = kept.sum(1).tolist()
    expect(
        all(c == wanted for c in counts),
        f"{counts} negatives are kept, wanted {wanted} in each image",
        got=kept,
    )


# -- 13.7.2 weights of the loss


@given(batch=detector_batch(), weights=st.tuples(*[st.sampled_from([2.0, 0.5, 0.0, 3.0])] * 2))
def test_loss_weights_are_linear(student, batch, weights):
    """calc_loss is cls_weight times its class part plus bbox_weight times its box part, both 1 when not given."""
    n = len(batch[0])

    def loss(*given_weights):
        return tensor(
            student.calc_loss(*batch, *given_weights),
            shape=(n,),
            what=f"calc_loss with weights {given_weights}",
        )

    classes, boxes = loss(1.0, 0.0), loss(0.0, 1.0)
    agree(loss(*weights), weights[0] * classes + weights[1] * boxes, what=f"calc_loss with weights {weights}")
    agree(loss(), classes + boxes, what="calc_loss without weights")


@given(batch=detector_batch())
def test_loss_weights_belong_to_their_parts(student, batch):
    """With bbox_weight = 0 the offsets do not matter, and with cls_weight = 0 the class scores do not."""
    cls_preds, cls_labels, bbox_preds, bbox_labels, masks = batch
    n = len(cls_preds)
    classes = tensor(student.calc_loss(*batch, 1.0, 0.0), shape=(n,), what="calc_loss with weights (1, 0)")
    moved = student.calc_loss(cls_preds, cls_labels, bbox_preds + 1, bbox_labels, masks, 1.0, 0.0)
    agree(moved, classes, what="calc_loss with bbox_weight = 0, after the offsets changed")
    boxes = tensor(student.calc_loss(*batch, 0.0, 1.0), shape=(n,), what="calc_loss with weights (0, 1)")
    changed = cls_preds.flip(-1) + torch.arange(cls_preds.shape[-1])
    moved = student.calc_loss(changed, cls_labels, bbox_preds, bbox_labels, masks, 0.0, 1.0)
    agree(moved, boxes, what="calc_loss with cls_weight = 0, after the class scores changed")


# -- 13.7.2 mean average precision


def _iou(a: list[float], b: list[float]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _brute_force(
    preds, truths, threshold, method, *, strict=False, second_choice=False, twice=False
) -> float:
    """Mean average precision written out.

    strict, second_choice  other legal rules: IoU > threshold; a prediction whose best truth is taken may have the
                           next best
    twice                  the mistake that a truth may be matched again
    """
    results = []
    for c in sorted({int(row[0]) for truth in truths for row in truth.tolist()}):
        found = [(row[1], i, row[2:]) for i, pred in enumerate(preds) for row in pred.tolist() if row[0] == c]
        wanted = [[row[1:] for row in truth.tolist() if row[0] == c] for truth in truths]
        taken, precision, recall, hits = set(), [], [], 0
        for rank, (_, image, box) in enumerate(sorted(found, reverse=True), start=1):
            overlaps = [(_iou(box, t), j) for j, t in enumerate(wanted[image])]
            if second_choice:
                overlaps = [o for o in overlaps if (image, o[1]) not in taken]
            best, at = max(overlaps, default=(-1.0, -1))
            if (best > threshold if strict else best >= threshold) and (twice or (image, at) not in taken):
                taken.add((image, at))
                hits += 1
            precision.append(hits / rank)
            recall.append(hits / sum(map(len, wanted)))
        best_from = [max(precision[k:]) for k in range(len(precision))]
        if method == "11point":
            levels = [k / 10 - 1e-9 for k in range(11)]
            results.append(
                sum(
                    max((p for p, r in zip(best_from, recall, strict=True) if r >= v), default=0)
                    for v in levels
                )
                / 11
            )
        else:
            steps = [r - before for r, before in zip(recall, [0.0, *recall], strict=False)]
            results.append(sum(s * p for s, p in zip(steps, best_from, strict=True)))
    return sum(results) / len(results)


@st.composite
def scenes(draw, images: int, shuffled: bool):
    """preds and truths of some images: hits, near misses, boxes of the other class and free ones; all scores differ.

    A class has at most 4 truths: with 5 or 10 the rounding of recall decides about 0.2, 0.3 …
    """
    truths: list[list[list[float]]] = [[] for _ in range(images)]
    for _ in range(draw(st.integers(1, 4))):
        image, c = draw(st.integers(0, images - 1)), draw(st.integers(0, 1))
        truths[image].append([c, *draw(corner_box(0, 2))])
    classes = [row[0] for truth in truths for row in truth]
    free = [(image, row) for image, truth in enumerate(truths) for row in truth]
    found = []
    for _ in range(draw(st.integers(1, 5))):
        if free and draw(st.integers(0, 2)):  # mostly each truth is found once
            image, (c, *box) = free.pop(draw(st.integers(0, len(free) - 1)))
            box[2] += draw(st.sampled_from([0, 0, 1, 4])) / 16
        else:
            image, c, box = (
                draw(st.integers(0, images - 1)),
                draw(st.sampled_from(classes)),
                draw(corner_box(0, 2)),
            )
        found.append((image, [c, 0.0, *box]))
    ranks = draw(st.permutations(range(len(found)))) if shuffled else range(len(found))
    preds: list[list[list[float]]] = [[] for _ in range(images)]
    for rank, (image, row) in zip(ranks, found, strict=True):
        row[1] = (15 - 2 * rank) / 16
        preds[image].append(row)
    return (
        [torch.tensor(rows).reshape(-1, 6) for rows in preds],
        [torch.tensor(rows).reshape(-1, 5) for rows in truths],
    )


THRESHOLDS = st.sampled_from([0.5, 0.3, 0.75])


def _undisputed(preds, truths, threshold, method) -> float:
    """The mean average precision, where all legal rules agree and no truth is found twice."""
    rules = [
        dict(zip(("strict", "second_choice"), r, strict=True))
        for r in itertools.product([False, True], repeat=2)
    ]
    values = [_brute_force(preds, truths, threshold, method, **rule) for rule in rules]
    values.append(_brute_force(preds, truths, threshold, method, twice=True))
    assume(max(values) - min(values) < 1e-9)
    return values[0]


def _map(student, *args) -> float:
    value = number(student.mean_average_precision(*args), what="mean_average_precision")
    expect(
        -1e-6 <= value <= 1 + 1e-6, f"mean_average_precision is {value:g}, wanted a number in 0..1", got=value
    )
    return value


@given(scene=scenes(images=1, shuffled=False), threshold=THRESHOLDS)
def test_map_area_values(student, reference, scene, threshold):
    """mean_average_precision with "area" is the mean over classes of the area under the precision–recall curve."""
    wanted = _undisputed(*scene, threshold, "area")
    got = _map(student, *scene, threshold, "area")
    agree(got, wanted, what="mean_average_precision")
    agree(
        got,
        number(reference.mean_average_precision(*scene, threshold, "area")),
        what="mean_average_precision",
    )


@given(scene=scenes(images=1, shuffled=False), threshold=THRESHOLDS)
def test_map_eleven_points_values(student, reference, scene, threshold):
    """mean_average_precision with "11point" averages the best precision at the recalls 0, 0.1, …, 1."""
    wanted = _undisputed(*scene, threshold, "11point")
    got = _map(student, *scene, threshold, "11point")
    agree(got, wanted, what="mean_average_precision")
    agree(
        got,
        number(reference.mean_average_precision(*scene, threshold, "11point")),
        what="mean_average_precision",
    )


def _rows(*rows: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32)


HERE, THERE, ELSEWHERE = (0.0, 0.0, 1.0, 1.0), (2.0, 0.0, 3.0, 1.0), (5.0, 5.0, 6.0, 6.0)


def test_map_eleven_points_are_tenths(student):
    """Two of three truths are found, at precisions 1 and 2/3: at recalls 0 … 0.3 that is 1, up to 0.6 2/3, then 0."""
    truths = [_rows((0, *HERE), (0, *THERE), (0, *ELSEWHERE))]
    nothing = (20.0, 20.0, 21.0, 21.0)
    preds = [_rows((0, 0.9, *HERE), (0, 0.8, *nothing), (0, 0.7, *THERE))]
    hint = "The levels are 0, 0.1, …, 1, and every level takes the best precision at that recall or above."
    agree(
        _map(student, preds, truths, 0.5, "11point"),
        (4 + 3 * 2 / 3) / 11,
        what="mean_average_precision",
        hint=hint,
    )


def test_map_takes_the_best_precision_from_there_on(student):
    """A false alarm on top of two hits gives 2/3: the precision at a recall is the best one reached at it or later."""
    preds = [_rows((0, 0.9, *ELSEWHERE), (0, 0.8, *HERE), (0, 0.7, *THERE))]
    truths = [_rows((0, *HERE), (0, *THERE))]
    got = _map(student, preds, truths, 0.5, "area")
    agree(
        got,
        2 / 3,
        what="mean_average_precision",
        conventions={"area under the raw curve, without its envelope": 7 / 12},
    )


def test_map_of_perfect_and_useless_predictions(student):
    """Predictions equal to the truths give 1, predictions elsewhere give 0, and half of the truths found gives 0.5."""
    truths = [_rows((0, *HERE), (0, *THERE)), _rows((1, *HERE), (1, *ELSEWHERE))]
    perfect = [_rows((0, 0.9, *HERE), (0, 0.7, *THERE)), _rows((1, 0.8, *HERE), (1, 0.6, *ELSEWHERE))]
    agree(_map(student, perfect, truths, 0.5, "area"), 1.0, what="perfect predictions")
    useless = [_rows((0, 0.9, *ELSEWHERE)), _rows((0, 0.8, *HERE))]
    agree(
        _map(student, useless, truths, 0.5, "area"),
        0.0,
        what="predictions in the wrong place or of the wrong class",
    )
    half = [_rows((0, 0.9, *HERE)), _rows((1, 0.8, *HERE))]
    agree(_map(student, half, truths, 0.5, "area"), 0.5, what="one of two truths found in each class")


def _in_one_image(tables: list[torch.Tensor]) -> torch.Tensor:
    """The rows of all images, those of different images far apart."""
    return torch.cat([torch.cat((t[:, :-4], t[:, -4:] + 50 * i), dim=1) for i, t in enumerate(tables)])


@given(scene=scenes(images=3, shuffled=True))
def test_map_ranks_all_images_by_score(student, scene):
    """The predictions of all images are ranked together by score: three images give what one wide image gives."""
    preds, truths = scene
    _undisputed(preds, truths, 0.5, "area")
    together = _in_one_image(preds)
    together = together[together[:, 1].argsort(descending=True)]
    wanted = _map(student, [together], [_in_one_image(truths)], 0.5, "area")
    agree(
        _map(student, preds, truths, 0.5, "area"),
        wanted,
        what="mean_average_precision of three images, against one wide image",
    )


@given(scene=scenes(images=2, shuffled=True))
def test_map_depends_on_the_order_of_scores_only(student, scene):
    """Turning rows and images round, or squaring all scores, leaves mean_average_precision as it is."""
    preds, truths = scene
    _undisputed(preds, truths, 0.5, "area")
    plain = _map(student, preds, truths, 0.5, "area")
    turned = _map(student, [p.flip(0) for p in preds[::-1]], [t.flip(0) for t in truths[::-1]], 0.5, "area")
    agree(turned, plain, what="mean_average_precision of the same predictions in another order")
    squared = [torch.cat((p[:, :1], p[:, 1:2] ** 2, p[:, 2:]), dim=1) for p in preds]
    agree(
        _map(student, squared, truths, 0.5, "area"),
        plain,
        what="mean_average_precision after squaring the scores",
    )


def test_map_low_scores_come_last(student):
    """A false alarm with a low score does not spoil a hit with a high score that is listed after it."""
    preds, truths = [_rows((0, 0.1, *ELSEWHERE), (0, 0.9, *HERE))], [_rows((0, *HERE))]
    agree(_map(student, preds, truths, 0.5, "area"), 1.0, what="mean_average_precision")
    preds = [_rows((0, 0.9, *ELSEWHERE), (0, 0.1, *HERE))]
    agree(
        _map(student, preds, truths, 0.5, "area"),
        0.5,
        what="mean_average_precision with a false alarm on top",
    )


def test_map_counts_a_truth_once(student):
    """A second prediction on the same object is a false alarm."""
    truths = [_rows((0, *HERE), (0, *THERE))]
    near = (0.0, 0.0, 1.0, 0.9)
    twice = [_rows((0, 0.9, *HERE), (0, 0.8, *near))]
    agree(_map(student, twice, truths, 0.5, "area"), 0.5, what="one of two truths found, twice")
    both = [_rows((0, 0.9, *HERE), (0, 0.8, *near), (0, 0.7, *THERE))]
    agree(_map(student, both, truths, 0.5, "area"), 5 / 6, what="a truth found twice before the other one")
    other_image = [_rows((0, 0.9, *HERE)), _rows((0, 0.8, *HERE))]
    truths = [_rows((0, *HERE)), _rows((0, *HERE))]
    agree(_map(student, other_image, truths, 0.5, "area"), 1.0, what="the same box in two images")


def test_map_ignores_padding(student):
    """Rows of class −1 are padding: they are neither predictions nor truths."""
    preds, truths = (
        [_rows((0, 0.5, *HERE), (-1, 0.9, *THERE))],
        [_rows((0, *HERE), (-1, *THERE), (-1, -1, -1, -1, -1))],
    )
    agree(_map(student, preds, truths, 0.5, "area"), 1.0, what="mean_average_precision with padding rows")


def test_map_of_empty_images(student):
    """Images without predictions or truths are legal; a class without a truth does not count."""
    nothing, empty = torch.zeros(0, 6), torch.zeros(0, 5)
    truths = [_rows((0, *HERE)), empty]
    agree(_map(student, [nothing, nothing], truths, 0.5, "area"), 0.0, what="no predictions at all")
    agree(_map(student, [nothing, nothing], truths, 0.5, "11point"), 0.0, what="no predictions at all")
    preds = [_rows((0, 0.9, *HERE)), nothing]
    agree(_map(student, preds, truths, 0.5, "area"), 1.0, what="the second image is empty")
    preds = [_rows((0, 0.9, *HERE)), _rows((1, 0.8, *HERE))]
    agree(_map(student, preds, truths, 0.5, "area"), 1.0, what="a prediction of a class that has no truth")
    agree(_map(student, preds[1:], [empty], 0.5, "area"), 0.0, what="no truth at all")


def test_map_threshold_of_a_half_by_default(student):
    """Without a threshold, a prediction hits from an IoU of 0.5 on."""
    for width, wanted in ((0.625, 1.0), (0.375, 0.0)):  # the IoU with the unit square
        got = _map(student, [_rows((0, 0.9, 0, 0, width, 1))], [_rows((0, *HERE))])
        agree(
            got,
            wanted,
            what=f"mean_average_precision of one prediction with IoU {width}, without a threshold",
        )


def test_map_unknown_method_is_an_error(student):
    """A method other than "11point" and "area" is an error."""
    scene = [_rows((0, 0.5, *HERE))], [_rows((0, *HERE))]
    _map(student, *scene, 0.5, "area")
    refused = _raises(student.mean_average_precision, *scene, 0.5, "integral")
    expect(refused, 'method="integral" was silently accepted', wanted="ValueError")


def test_refinements_leave_their_inputs_alone(student):
    """resize_with_boxes, sample_negatives and mean_average_precision do not change what they are given."""
    student.resize_with_boxes(_image(3, 8, 12), torch.tensor([[1.0, 2.0, 5.0, 6.0]]), 2.0)
    expect(not student.changed, "resize_with_boxes changed its input in place", got=student.changed)
    student.sample_negatives(torch.tensor([[0.5, 2.0, 1.0, 0.25]]), torch.tensor([[0, 1, 0, 0]]), 1)
    expect(not student.changed, "sample_negatives changed its input in place", got=student.changed)
    preds = [_rows((0, 0.5, *THERE), (0, 0.9, *HERE), (-1, 0.7, *HERE))]
    student.mean_average_precision(preds, [_rows((0, *HERE), (0, *THERE))], 0.5, "area")
    expect(not student.changed, "mean_average_precision changed its input in place", got=student.changed)
