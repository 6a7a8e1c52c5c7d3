"""Graded properties of 13.11."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import small_ints
from torch.nn import functional as F

from grader.checks import Tolerance, agree, expect, fail, mapping, number, sequence, tensor
from grader.errors import Crashed
from grader.subject import StudentObject

IGNORED = 255


def _net(value, what: str) -> StudentObject:
    expect(
        isinstance(value, StudentObject), f"{what} is {type(value).__name__}, wanted an nn.Module", got=value
    )
    return value


def _images(count: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


# -- 13.11.1: the kernel


def _profile(k: int) -> list[float]:
    """The pyramid along one axis, written out: reaches 0 at (k+1)//2 steps from the middle."""
    return [1 - abs(i - (k - 1) / 2) / ((k + 1) // 2) for i in range(k)]


@given(k=small_ints(1, 9))
def test_kernel_is_a_pyramid(student, reference, k):
    """Within one channel the kernel is the product of two profiles that fall linearly from its centre."""
    got = tensor(student.bilinear_kernel(1, 1, k), (1, 1, k, k), what="bilinear_kernel")
    agree(got, reference.bilinear_kernel(1, 1, k))
    profile = torch.tensor(_profile(k))
    agree(got[0, 0], torch.outer(profile, profile))


@given(k=small_ints(2, 9))
def test_kernel_is_symmetric(student, k):
    """The kernel looks the same upside down, mirrored and transposed."""
    kernel = tensor(student.bilinear_kernel(1, 1, k), (1, 1, k, k), what="bilinear_kernel")[0, 0]
    hint = "for an even size the centre lies between two elements, at (k−1)/2"
    for name, other in (
        ("upside down", kernel.flip(0)),
        ("mirrored", kernel.flip(1)),
        ("transposed", kernel.T),
    ):
        agree(kernel, other, what=f"the kernel of size {k} {name}", hint=hint)


@given(s=st.sampled_from([2, 4, 6]), image=st.integers(0, 9))
def test_kernel_interpolates_bilinearly(student, s, image):
    """With k = 2s and step s the kernel enlarges an image by bilinear interpolation, away from the border."""
    kernel = tensor(student.bilinear_kernel(1, 1, 2 * s), (1, 1, 2 * s, 2 * s), what="bilinear_kernel")
    small = _images(1, 4, 5, seed=image)[:, :1]
    got = F.conv_transpose2d(small, kernel.float(), stride=s, padding=s // 2)
    wanted = F.interpolate(small, scale_factor=s, mode="bilinear", align_corners=False)
    inside = (..., slice(s, -s), slice(s, -s))
    agree(got[inside], wanted[inside], what=f"an image enlarged {s} times")


@given(channels=small_ints(2, 4), k=small_ints(1, 4))
def test_kernel_keeps_channels_apart(student, channels, k):
    """The kernel is zero between different channels and the same for every channel."""
    shape = (channels, channels, k, k)
    got = tensor(student.bilinear_kernel(channels, channels, k), shape, what="bilinear_kernel")
    diagonal = torch.arange(channels)
    others = got.clone()
    others[diagonal, diagonal] = 0
    expect(
        not bool(others.any()),
        "the kernel from one channel to another is not zero: channels are mixed",
        got=got,
    )
    agree(got[diagonal, diagonal], got[0, 0].expand(channels, k, k), what="the kernels of the channels")
    expect(bool(got[0, 0].any()), "the kernel of channel 0 to itself is zero", got=got)


# -- 13.11.1: the network


def _built(student, stride: int = 4, classes: int = 3, width: int = 5) -> StudentObject:
    backbone = student.support.backbone(stride, width)
    return _net(student.build_fcn(backbone, classes, stride), "build_fcn")


@given(
    stride=st.sampled_from([2, 4, 8]),
    classes=small_ints(1, 4),
    cells=st.tuples(small_ints(1, 3), small_ints(1, 3)),
    count=small_ints(1, 2),
)
def test_fcn_scores_have_image_size(student, stride, classes, cells, count):
    """build_fcn's network maps (N, 3, H, W) to (N, C, H, W)."""
    height, width = cells[0] * stride, cells[1] * stride
    net = _built(student, stride, classes)
    scores = student.support.eval_scores(net, _images(count, height, width))
    meaning = "images, classes, height and width of the images"
    tensor(scores, (count, classes, height, width), what="the scores", meaning=meaning)


def _kernels(student, net: StudentObject, backbone: StudentObject) -> list[tuple[int, ...]]:
    """Shapes of the convolution weights the network has beyond its backbone's."""
    shapes = [tuple(p.shape) for p in net.state().parameters.values() if p.ndim == 4]
    for parameter in backbone.state().parameters.values():
        if parameter.ndim == 4 and tuple(parameter.shape) in shapes:
            shapes.remove(tuple(parameter.shape))
    return shapes


@given(stride=st.sampled_from([2, 4]), classes=small_ints(2, 4))
def test_fcn_has_two_layers_on_its_backbone(student, stride, classes):
    """On the backbone stand a 1×1 convolution and one transposed convolution with kernel size 2·stride."""
    backbone = student.support.backbone(stride, 6)
    net = _net(student.build_fcn(backbone, classes, stride), "build_fcn")
    wanted = [(classes, 6, 1, 1), (classes, classes, 2 * stride, 2 * stride)]
    found = _kernels(student, net, backbone)
    expect(
        sorted(found) == sorted(wanted),
        f"the network's own convolutions have weights of shapes {found}, wanted {wanted}",
        got=found,
        wanted=wanted,
    )


def _expect_all_gradients(student, net: StudentObject, images: torch.Tensor) -> None:
    """Every parameter of the network changes the scores."""
    found = mapping(student.vjp(net, images).parameters, what="the gradients")
    expect(len(found) > 0, "the network has no parameters to train")
    for name, gradient in found.items():
        expect(gradient is not None, f"parameter {name} gets no gradient: the scores do not depend on it")
        gradient = tensor(gradient, what=f"the gradient of {name}")
        expect(
            bool(gradient.any()), f"the gradient of parameter {name} is zero: the scores do not depend on it"
        )


def test_fcn_trains_every_layer(student):
    """Every parameter of build_fcn's network gets a gradient, also the backbone's."""
    net = _built(student)
    state = net.state()
    expect(set(state.trained) == set(state.parameters), "some parameters of the network are frozen")
    _expect_all_gradients(student, net, _images(2, 16, 12))


# -- 13.11.1: the initialisation


def _upsampling(net: StudentObject, classes: int, stride: int) -> tuple[str, torch.Tensor]:
    """Name and value of the transposed convolution's weight, known by its shape."""
    shape = (classes, classes, 2 * stride, 2 * stride)
    found = [(name, p) for name, p in net.state().parameters.items() if tuple(p.shape) == shape]
    expect(len(found) > 0, f"the network has no transposed convolution with a weight of shape {shape}")
    return found[0][0], tensor(found[0][1], shape, what="the weight of the transposed convolution")


def _initialised(student, how: str, classes: int, stride: int) -> tuple[torch.Tensor, StudentObject]:
    """The layer's weight after init_upsampling; it was random before."""
    net = _built(student, stride, classes)
    student.support.randomise(net)
    _, before = _upsampling(net, classes, stride)
    student.init_upsampling(net, how)
    _, after = _upsampling(net, classes, stride)
    expect(
        not torch.equal(before, after),
        "the network's own transposed convolution did not change: was a layer initialised that is not in it?",
    )
    return after, net


@given(classes=small_ints(2, 4), stride=st.sampled_from([2, 4]))
def test_bilinear_reaches_the_network(student, reference, classes, stride):
    """init_upsampling(net, "bilinear") puts the bilinear kernel into the network's own layer."""
    weight, _ = _initialised(student, "bilinear", classes, stride)
    agree(weight, reference.bilinear_kernel(classes, classes, 2 * stride), what="the layer's weight")


def _expect_constant_middle(scores: torch.Tensor, what: str) -> None:
    """The eight by eight pixels in the middle of each score map are equal."""
    top, left = scores.shape[2] // 2 - 4, scores.shape[3] // 2 - 4
    inside = scores[..., top : top + 8, left : left + 8]
    hint = "the layer's weight is not the bilinear kernel"
    agree(inside, inside[..., :1, :1].expand_as(inside), what=what, within=Tolerance(1e-3, 1e-4), hint=hint)


def test_bilinear_network_enlarges(student):
    """After init_upsampling(net, "bilinear") a constant map of scores is enlarged to a constant."""
    net = _built(student)
    student.support.randomise(net)
    student.init_upsampling(net, "bilinear")
    # A grey image of one value gives features that are constant away from the border.
    scores = student.support.eval_scores(net, torch.full((1, 3, 48, 56), 0.5))
    scores = tensor(scores, (1, 3, None, None), what="the scores", meaning="one map per class")
    _expect_constant_middle(scores, "scores in the middle of a grey image")


def test_xavier_reaches_the_network(student):
    """init_upsampling(net, "xavier") fills the network's own layer with Xavier's random numbers."""
    classes, stride = 4, 4
    weight, _ = _initialised(student, "xavier", classes, stride)
    wanted = (classes * (2 * stride) ** 2) ** -0.5  # √(2 / (fan_in + fan_out)), uniform or normal
    spread = weight.double().std().item()
    # 1024 numbers: their spread is within 15 % of its expectation with probability > 1 − 1e-10.
    expect(
        abs(spread / wanted - 1) < 0.15,
        f"the weight's standard deviation is {spread:.4f}, wanted √(2/(fan_in + fan_out)) = {wanted:.4f}",
    )
    mean = weight.double().mean().item()
    expect(abs(mean) < 0.2 * wanted, f"the mean of the weight is {mean:.4f}, wanted about 0")


def test_init_changes_no_other_layer(student):
    """init_upsampling leaves all other layers as they are."""
    for how in ("bilinear", "xavier"):
        net = _built(student)
        student.support.randomise(net)
        before = net.state().parameters
        name, _ = _upsampling(net, 3, 4)
        student.init_upsampling(net, how)
        own = {name, name.removesuffix("weight") + "bias"}
        after = net.state().parameters
        changed = [
            n for n in before if n not in own and not (n in after and torch.equal(before[n], after[n]))
        ]
        expect(not changed, f"init_upsampling(net, {how!r}) changed {', '.join(changed[:3])} too")


def test_init_refuses_unknown_names(student):
    """init_upsampling raises an error for a method it does not know."""
    net = _built(student)
    try:
        student.init_upsampling(net, "no such method")
    except Crashed:
        return
    fail('init_upsampling(net, "no such method") did nothing and said nothing, wanted a ValueError')


# -- 13.11.2: training


def _coloured(count: int, seed: int, ignored: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of 4×4 blocks whose colour is their class: 0 (six of ten), 1 or 2."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(count, 4, 4, generator=generator)
    blocks = (drawn > 0.6).long() + (drawn > 0.8).long()
    masks = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2)
    images = F.one_hot(masks, 3).permute(0, 3, 1, 2) * 0.8
    images = images + 0.1 * torch.randn(count, 3, 16, 16, generator=generator)
    if ignored:
        masks = masks.where(torch.rand(masks.shape, generator=generator) > 0.2, IGNORED)
    return images.contiguous(), masks


def _train(student, seed: int = 0, **kwargs) -> StudentObject:
    train_set = student.support.dataset(*_coloured(32, seed=5, **kwargs))
    net = student.support.plain_net(2, 3, seed=seed)
    options = {"net": net, "epochs": 8, "batch_size": 8, "lr": 0.03, "device": "cpu"}
    return _net(student.train_fcn(train_set, **options), "train_fcn")


def _scores(student, net: StudentObject, images: torch.Tensor) -> torch.Tensor:
    shape = (len(images), 3, *images.shape[2:])
    return tensor(student.support.eval_scores(net, images), shape, what="the scores of the trained network")


def _plain_mean_iou(pred: torch.Tensor, label: torch.Tensor, classes: int) -> float:
    """Brute force over classes, by sets of pixels."""
    known = label != IGNORED
    found = []
    for c in range(classes):
        p, t = (pred == c) & known, (label == c) & known
        if bool((p | t).any()):
            found.append(int((p & t).sum()) / int((p | t).sum()))
    return sum(found) / len(found)


def _expect_learnt(student, net: StudentObject) -> None:
    images, masks = _coloured(24, seed=6)
    pred = _scores(student, net, images).argmax(dim=1)
    quality = _plain_mean_iou(pred, masks, 3)
    most = pred.flatten().bincount(minlength=3).max().item() / pred.numel()
    symptom = "; it predicts the same class nearly everywhere" if most > 0.98 else ""
    expect(
        quality >= 0.6, f"mean IoU on new images is {quality:.2f}, wanted at least 0.60{symptom}", got=quality
    )


def test_fcn_training_learns(student):
    """train_fcn returns a trained network: on coloured blocks its mean IoU is at least 0.6 after 32 steps."""
    _expect_learnt(student, _train(student))


def test_fcn_training_compares_classes(student):
    """train_fcn learns from single rows and single columns of pixels too: the classes of a pixel compete, not the pixels."""
    images, masks = _coloured(32, seed=5)
    for kind, part in (("rows", (slice(1), slice(None))), ("columns", (slice(None), slice(1)))):
        strips, labels = images[:, :, *part].contiguous(), masks[:, *part].contiguous()
        net = student.support.learner(3)
        before = F.cross_entropy(_scores(student, net, strips), labels)
        options = {"net": net, "epochs": 8, "batch_size": 8, "lr": 0.03, "device": "cpu"}
        net = _net(student.train_fcn(student.support.dataset(strips, labels), **options), "train_fcn")
        after = F.cross_entropy(_scores(student, net, strips), labels)
        expect(
            bool(after < 0.98 * before),
            f"on images of single {kind} of pixels the loss went from {before:.3f} to {after:.3f}",
            hint="The softmax runs over the classes: dimension 1 of scores (N, C, H, W).",
        )


def _watched(student, epochs: int, batch_size: int) -> StudentObject:
    """A network trained on twelve plain images, each with a value of its own."""
    values = (torch.arange(12) + 1) / 16
    images = values[:, None, None, None].expand(12, 3, 4, 4).contiguous()
    train_set = student.support.dataset(
        images, (torch.arange(12) % 2)[:, None, None].expand(12, 4, 4).contiguous()
    )
    net = student.support.learner(2)
    options = {"net": net, "epochs": epochs, "batch_size": batch_size, "lr": 0.01, "device": "cpu"}
    return _net(student.train_fcn(train_set, **options), "train_fcn")


def test_fcn_training_passes_over_the_data(student):
    """train_fcn passes over the training set `epochs` times, in another order each time."""
    net = _watched(student, epochs=3, batch_size=4)
    seen = [number(v) for v in sequence(net.get("seen"), what="what the network learned from")]
    expect(len(seen) >= 36, f"in 3 epochs the network learned from {len(seen)} images, wanted 3 times 12")
    expect(
        seen[:12] != seen[12:24], "the first two epochs have the same order: shuffle the set", got=seen[:12]
    )


def test_fcn_training_uses_fresh_gradients(student):
    """Each step of train_fcn uses the gradient of its own batch, not the sum of all so far."""
    net = _watched(student, epochs=2, batch_size=4)
    left_over = number(net.get("left_over"), what="what was left of earlier gradients")
    expect(
        left_over == 0,
        "gradients add up over the batches",
        hint="Call optimizer.zero_grad() once for every batch, before the backward pass.",
    )


def test_fcn_training_skips_unlabelled_pixels(student):
    """train_fcn learns from masks in which some pixels are 255, not labelled."""
    _expect_learnt(student, _train(student, ignored=True))


def test_fcn_training_is_reproducible(student):
    """train_fcn gives the same network for the same seed."""
    images, _ = _coloured(4, seed=6)
    first = _scores(student, _train(student), images)
    agree(
        _scores(student, _train(student), images),
        first,
        what="scores of a second run",
        within=Tolerance(1e-3, 1e-3),
    )


# -- 13.11.2: the measures


@st.composite
def predictions(draw, most_batches: int = 1, ignored: bool = False):
    """(predictions, labels, number of classes): batches (n, H, W) in which every class is labelled."""
    classes = draw(st.integers(1, 3))
    height, width = draw(st.integers(1, 2)), draw(st.integers(3, 4))
    preds, labels = [], []
    for count in draw(st.lists(st.integers(1, 3), min_size=1, max_size=most_batches)):
        size = count * height * width
        any_class = st.integers(0, classes - 1)
        pred = draw(st.lists(any_class, min_size=size, max_size=size))
        any_label = any_class | st.just(IGNORED) if ignored else any_class
        label = draw(st.lists(any_label, min_size=size - classes, max_size=size - classes))
        preds.append(torch.tensor(pred).reshape(count, height, width))
        labels.append(torch.tensor([*range(classes), *label]).reshape(count, height, width))
    return preds, labels, classes


def _joined(batches: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([b.flatten() for b in batches])


def _accuracy(pred: torch.Tensor, label: torch.Tensor) -> float:
    """Brute force over pixels."""
    pairs = zip(pred.flatten().tolist(), label.flatten().tolist(), strict=True)
    right = [p == t for p, t in pairs if t != IGNORED]
    return sum(right) / len(right)


def _expect_over_all_pixels(got: float, wanted: float, of_batches: list[float], what: str) -> None:
    same, average = abs(got - wanted) <= 1e-4, sum(of_batches) / len(of_batches)
    averaged = not same and abs(got - average) <= 1e-4
    symptom = ": the batches were averaged, although they are of unequal size" if averaged else ""
    hint = "add up pixels over the batches and divide once at the end"
    expect(same, f"{what} is {got:.4f}, wanted {wanted:.4f}{symptom}", got=got, wanted=wanted, hint=hint)


@given(case=predictions())
def test_pixel_accuracy_counts_pixels(student, reference, case):
    """pixel_accuracy is the share of pixels whose class is right."""
    preds, labels, _ = case
    got = number(student.pixel_accuracy(preds, labels), what="pixel_accuracy")
    agree(got, _accuracy(preds[0], labels[0]), what="pixel_accuracy")
    agree(got, reference.pixel_accuracy(preds, labels), what="pixel_accuracy")


@given(case=predictions(most_batches=3))
def test_pixel_accuracy_weighs_batches(student, case):
    """pixel_accuracy over batches of unequal size counts every pixel once."""
    preds, labels, _ = case
    got = number(student.pixel_accuracy(preds, labels), what="pixel_accuracy")
    of_batches = [_accuracy(p, t) for p, t in zip(preds, labels, strict=True)]
    _expect_over_all_pixels(got, _accuracy(_joined(preds), _joined(labels)), of_batches, "pixel_accuracy")


@given(case=predictions())
def test_mean_iou_of_one_batch(student, reference, case):
    """mean_iou is the mean over the classes of intersection over union."""
    preds, labels, classes = case
    got = number(student.mean_iou(preds, labels, classes), what="mean_iou")
    agree(got, _plain_mean_iou(preds[0], labels[0], classes), what="mean_iou")
    agree(got, reference.mean_iou(preds, labels, classes), what="mean_iou")


def test_background_everywhere_is_no_answer(student):
    """Predicting only background, right for three quarters of the pixels, has a mean IoU of 0.15."""
    label = torch.zeros(1, 4, 4, dtype=torch.int64)
    label[0, 0] = torch.tensor([1, 2, 3, 4])
    agree(number(student.mean_iou([label * 0], [label], 5), what="mean_iou"), 0.15, what="mean_iou")


@given(case=predictions(most_batches=3))
def test_mean_iou_adds_up_batches(student, case):
    """mean_iou over several batches counts all their pixels together."""
    preds, labels, classes = case
    got = number(student.mean_iou(preds, labels, classes), what="mean_iou")
    wanted = _plain_mean_iou(_joined(preds), _joined(labels), classes)
    of_batches = [_plain_mean_iou(p, t, classes) for p, t in zip(preds, labels, strict=True)]
    _expect_over_all_pixels(got, wanted, of_batches, "mean_iou")


def test_mean_iou_leaves_absent_classes_out(student):
    """A class that is neither predicted nor labelled does not count in mean_iou."""
    label = torch.tensor([[[0, 0, 2], [2, 2, 2]]])
    pred = torch.tensor([[[0, 2, 2], [2, 2, 2]]])  # IoU 1/2 and 4/5
    for classes in (3, 21):
        got = number(student.mean_iou([pred], [label], classes), what="mean_iou")
        agree(got, 0.65, what=f"mean_iou where only 2 of {classes} classes occur")


def test_mean_iou_counts_invented_classes(student):
    """A class that is predicted but never labelled counts in mean_iou, with IoU 0."""
    label, pred = torch.tensor([[[0, 0, 0, 1]]]), torch.tensor([[[0, 0, 2, 1]]])  # IoU 2/3, 1 and 0
    got = number(student.mean_iou([pred], [label], 3), what="mean_iou")
    conventions = {"classes that are never labelled are left out, even where they are predicted": 5 / 6}
    agree(got, 5 / 9, what="mean_iou", conventions=conventions)


@given(case=predictions(ignored=True))
def test_pixel_accuracy_skips_unlabelled_pixels(student, case):
    """Pixels labelled 255 do not count in pixel_accuracy."""
    preds, labels, _ = case
    got = number(student.pixel_accuracy(preds, labels), what="pixel_accuracy")
    agree(got, _accuracy(preds[0], labels[0]), what="pixel_accuracy with unlabelled pixels")


@given(case=predictions(ignored=True), other=st.integers(0, 2))
def test_mean_iou_skips_unlabelled_pixels(student, case, other):
    """Pixels labelled 255 do not count in mean_iou, whatever is predicted there."""
    preds, labels, classes = case
    wanted = _plain_mean_iou(preds[0], labels[0], classes)
    for pred in (preds[0], preds[0].where(labels[0] != IGNORED, other % classes)):
        got = number(student.mean_iou([pred], labels, classes), what="mean_iou")
        agree(got, wanted, what="mean_iou with unlabelled pixels")


def test_measures_leave_their_input_alone(student):
    """pixel_accuracy and mean_iou do not change the batches they are given."""
    preds, labels = [torch.tensor([[[0, 1, 1]]])], [torch.tensor([[[0, IGNORED, 1]]])]
    student.pixel_accuracy(preds, labels)
    expect(not student.changed, "pixel_accuracy changed its input in place")
    student.mean_iou(preds, labels, 2)
    expect(not student.changed, "mean_iou changed its input in place")


# -- 13.11.3


@given(height=small_ints(1, 70), width=small_ints(1, 70))
def test_prediction_covers_every_pixel(student, height, width):
    """predict_full gives one class for every pixel of an image of any height and width."""
    pred = student.predict_full(student.support.colour_net(), _images(1, height, width)[0])
    tensor(
        pred,
        (height, width),
        dtype="integer",
        what="predict_full",
        meaning="one class per pixel of the image",
    )


def _two_halves(height: int, width: int, edge: int) -> torch.Tensor:
    """(3, H, W): red left of the edge, blue right of it."""
    image = torch.zeros(3, height, width)
    image[0, :, :edge], image[2, :, edge:] = 1, 1
    return image


@given(height=small_ints(9, 45), width=small_ints(20, 75), upright=st.booleans())
def test_prediction_lies_on_its_pixels(student, height, width, upright):
    """The classes lie where the objects lie in the image, and no class is invented between two others."""
    edge = width // 2
    image = _two_halves(height, width, edge)
    given_image = image.transpose(1, 2).contiguous() if upright else image
    pred = student.predict_full(student.support.colour_net(), given_image)
    pred = tensor(
        pred,
        tuple(given_image.shape[1:]),
        dtype="integer",
        what="predict_full",
        meaning="one class per pixel of the image",
    )
    pred = pred.T if upright else pred
    invented = sorted({int(v) for v in pred.unique()} - {0, 2})
    expect(
        not invented, f"the net sees only classes 0 and 2, the prediction holds {invented[:5]} too", got=pred
    )
    wanted = torch.zeros(height, width, dtype=torch.int64)
    wanted[:, edge:] = 2
    away = (torch.arange(width) - edge).abs() > 6  # the net's cells are 4 pixels wide
    wrong = (pred != wanted)[:, away]
    expect(
        wrong.float().mean().item() <= 0.01,
        f"{int(wrong.sum())} pixels far from the edge at {'row' if upright else 'column'} {edge} have the wrong class: "
        "the prediction does not lie on the image's own pixels",
        got=pred,
        wanted=wanted,
    )


@given(size=st.sampled_from([(32, 64), (64, 32), (96, 64), (64, 96)]), seed=st.integers(0, 3))
def test_prediction_is_the_plain_forward(student, reference, size, seed):
    """Where height and width are multiples of 32, predict_full gives the classes of a plain forward pass."""
    image = _images(1, *size, seed=seed)[0]
    net = student.support.settled_net(4, seed=seed)
    net.call("eval")
    own = student.predict_full(net, image)
    own = tensor(own, size, dtype="integer", what="predict_full", meaning="one class per pixel of the image")
    scores = reference.support.eval_scores(reference.support.settled_net(4, seed=seed), image[None])
    inside = (slice(12, -12), slice(12, -12))  # padding may show at the border
    wrong = (own != scores[0].argmax(dim=0))[inside]
    share = wrong.float().mean().item()
    # Scores that are nearly equal may fall either way.
    expect(
        share <= 0.01, f"{share:.0%} of the inner pixels have another class than net(image) gives", got=own
    )


def test_full_prediction_in_evaluation_mode(student, reference):
    """predict_full predicts in evaluation mode: neither dropout nor batch statistics play a part."""
    image = _images(1, 64, 64)[0]
    net = student.support.settled_net(4)
    before = net.state().buffers
    own = tensor(student.predict_full(net, image), (64, 64), dtype="integer", what="predict_full")
    modes = [call[2] for call in _calls(student, net)]
    expect(not any(modes), "the net was in train mode when it predicted: call net.eval() first")
    after = net.state().buffers
    moved = [name for name in before if name not in after or not torch.equal(before[name], after[name])]
    expect(not moved, f"predicting changed {moved[:1]}: batch normalisation was in train mode")
    wanted = reference.support.eval_scores(reference.support.settled_net(4), image[None])[0].argmax(dim=0)
    share = (own != wanted)[12:-12, 12:-12].float().mean().item()
    expect(
        share <= 0.01, f"{share:.0%} of the inner pixels have another class than in evaluation mode", got=own
    )


def _calls(student, net: StudentObject) -> list[tuple[list[int], bool, bool]]:
    """(shape, gradients recorded, train mode) of each time the net was called."""
    calls = sequence(student.support.calls(net), what="the record of calls")
    proved = [tuple(sequence(call, 3, what="a call")) for call in calls]
    expect(len(proved) > 0, "the net was never called")
    return proved


def test_prediction_records_no_gradients(student):
    """predict_full runs the net without recording gradients."""
    net = student.support.colour_net()
    student.predict_full(net, _images(1, 32, 32)[0])
    recorded = any(call[1] for call in _calls(student, net))
    expect(not recorded, "the net ran with gradients recorded: use torch.no_grad() or torch.inference_mode()")


def test_prediction_leaves_its_image_alone(student):
    """predict_full does not change the image."""
    student.predict_full(student.support.colour_net(), _images(1, 32, 64)[0])
    expect(not any("2" in name for name in student.changed), "predict_full changed the image in place")


def _voc_colour(index: int) -> list[int]:
    """The palette by its rule: bit 3i+c of the class becomes bit 7−i of colour channel c."""
    return [sum((index >> (3 * i + c) & 1) << (7 - i) for i in range(3)) for c in range(3)]


@given(height=small_ints(1, 2), width=small_ints(4, 6), first=st.integers(0, 20))
def test_picture_has_the_palette(student, height, width, first):
    """label2image gives every pixel the colour of its class, as (H, W, 3)."""
    pred = (first + torch.arange(height * width)).reshape(height, width) % 21
    got = tensor(student.label2image(pred), dtype="integer", what="label2image")
    wanted = torch.tensor([[_voc_colour(int(c)) for c in row] for row in pred])
    conventions = {"channels first, (3, H, W) instead of (H, W, 3)": wanted.permute(2, 0, 1)}
    agree(got, wanted, what="label2image", conventions=conventions)


# -- 13.11.4


def _with_skips(student, widths: list[int], strides: list[int], classes: int) -> StudentObject:
    stages = student.support.stages(widths, strides)
    return _net(student.FCNSkip(stages, classes), "FCNSkip")


def _product(strides: list[int]) -> int:
    total = 1
    for stride in strides:
        total *= stride
    return total


LAYOUTS = [[2, 2], [4, 2], [2, 2, 2], [4, 2, 2], [2, 2, 2, 2], [2, 4]]


@given(
    strides=st.sampled_from(LAYOUTS),
    cells=st.tuples(small_ints(1, 2), small_ints(1, 3)),
    count=small_ints(1, 2),
)
def test_skip_scores_have_image_size(student, strides, cells, count):
    """FCNSkip maps (N, 3, H, W) to scores (N, C, H, W) of the image's own size."""
    height, width = (c * _product(strides) for c in cells)
    net = _with_skips(student, list(range(4, 4 + len(strides))), strides, 3)
    scores = tensor(student.support.eval_scores(net, _images(count, height, width)), what="the scores")
    wanted = (count, 3, height, width)
    if tuple(scores.shape) == wanted:
        return
    times = scores.shape[-1] / width if scores.ndim == 4 else 1
    symptom = f": enlarged {times:g} times too far" if times > 1 else ""
    fail(
        f"an image of {height}×{width} gives scores of shape {tuple(scores.shape)}, wanted {wanted}{symptom}"
    )


@given(strides=st.sampled_from(LAYOUTS))
def test_stages_follow_each_other(student, strides):
    """Each stage is applied to the output of the stage before: the maps get smaller from stage to stage."""
    height, width = 2 * _product(strides), 3 * _product(strides)
    net = _with_skips(student, list(range(4, 4 + len(strides))), strides, 3)
    student.support.eval_scores(net, _images(1, height, width))
    seen = []
    for call in _calls(student, net):
        sizes = sequence(call[0], 4, what="the shape of a stage's input")
        seen.append((int(number(sizes[2])), int(number(sizes[3]))))
    wanted = {}
    for stride in strides:
        wanted[height, width] = True
        height, width = height // stride, width // stride
    expect(
        all(size in seen for size in wanted),
        f"the stages saw maps of {seen}, wanted {list(wanted)}",
        got=seen,
    )


def test_skip_network_trains_every_layer(student):
    """Every parameter of FCNSkip gets a gradient, the backbone's stages included."""
    net = _with_skips(student, [4, 5, 6], [2, 2, 2], 3)
    student.support.randomise(net)
    _expect_all_gradients(student, net, _images(2, 16, 24))


def _cut_net(student, widths=(4, 5, 6), strides=(2, 2, 2), size=(16, 24)) -> StudentObject:
    """A network whose stages ignore what comes in: a stage acts on the scores by its skip alone."""
    stages = student.support.cut_stages(list(widths), list(strides), *size)
    net = _net(student.FCNSkip(stages, 3), "FCNSkip")
    net.call("eval")
    return net


def _map_shapes(widths=(4, 5, 6), strides=(2, 2, 2), size=(16, 24)) -> list[tuple[int, int, int, int]]:
    shapes, (height, width) = [], size
    for channels, stride in zip(widths, strides, strict=True):
        height, width = height // stride, width // stride
        shapes.append((1, channels, height, width))
    return shapes


def _map_gradients(student, net: StudentObject, cotangent: torch.Tensor | None = None) -> list[torch.Tensor]:
    """The gradient of the scores with respect to the output of each stage."""
    found = mapping(
        student.vjp(net, _images(1, 16, 24), cotangent=cotangent).parameters, what="the gradients"
    )
    gradients = []
    for stage, shape in enumerate(_map_shapes(), start=1):
        fitting = [g for g in found.values() if isinstance(g, torch.Tensor) and tuple(g.shape) == shape]
        expect(
            len(fitting) > 0,
            f"the output of stage {stage} does not reach the scores by its own skip",
            hint="add the scores of a stage to the sum, and check that the sum is what goes on",
        )
        gradients.append(tensor(fitting[0], shape, what=f"the gradient of stage {stage}"))
    return gradients


def test_each_skip_reaches_the_scores(student):
    """The output of every stage changes the scores by its own skip, not only through the stages after it."""
    net = _cut_net(student)
    student.support.randomise(net)  # scores of a skip may start at zero
    for stage, gradient in enumerate(_map_gradients(student, net), start=1):
        expect(bool(gradient.any()), f"the output of stage {stage} does not reach the scores by its own skip")


@given(row=st.integers(0, 15), column=st.integers(0, 23))
def test_first_skip_is_sharp(student, row, column):
    """The score of a pixel depends on the first stage only near that pixel."""
    net = _cut_net(student)
    student.support.randomise(net)
    tensor(net(_images(1, 16, 24)), (1, 3, 16, 24), what="the scores")
    pixel = torch.zeros(1, 3, 16, 24)
    pixel[0, 0, row, column] = 1
    gradient = _map_gradients(student, net, pixel)[0][0].abs().sum(0)  # (8, 12)
    rows, columns = gradient.nonzero().unbind(1)
    away = torch.maximum((rows * 2 + 0.5 - row).abs(), (columns * 2 + 0.5 - column).abs())
    far = away.max().item() if len(away) else 0.0
    expect(
        far <= 4.5,
        f"the score of pixel ({row}, {column}) depends on a cell of the first stage {far:g} pixels away",
        hint="the sum must be enlarged in steps, each to the size of the stage before",
    )


def _cut_scores(student, net: StudentObject, maps: list[torch.Tensor]) -> torch.Tensor:
    student.support.set_maps(net, maps)
    scores = student.support.eval_scores(net, torch.zeros(1, 3, 16, 24))
    return tensor(scores, (1, 3, None, None), what="the scores", meaning="one map per class")


def test_skip_scores_are_summed(student):
    """The scores are a sum: linear in the output of each stage, whatever the other stages give."""
    net = _cut_net(student)
    student.support.randomise(net)
    generator = torch.Generator().manual_seed(3)
    a, b = ([torch.randn(s, generator=generator) for s in _map_shapes()] for _ in range(2))
    middle = [(x + y) / 2 for x, y in zip(a, b, strict=True)]
    together = _cut_scores(student, net, a) + _cut_scores(student, net, b)
    within = Tolerance(1e-3, 1e-2)  # sums of some hundred products of random numbers
    for stage in range(3):
        one, other = list(a), list(b)
        one[stage], other[stage] = b[stage], a[stage]
        exchanged = _cut_scores(student, net, one) + _cut_scores(student, net, other)
        agree(exchanged, together, what=f"stage {stage + 1} exchanged between two inputs", within=within)
    agree(2 * _cut_scores(student, net, middle), together, what="twice the mean of two inputs", within=within)


def test_skip_network_starts_bilinear(student):
    """Before training, constant scores of the last stage are enlarged to a constant, away from the border."""
    size = (48, 64)
    net = _cut_net(student, size=size)
    maps = [torch.zeros(shape) for shape in _map_shapes(size=size)]
    maps[-1] += torch.arange(1.0, 7.0).reshape(1, 6, 1, 1)
    student.support.set_maps(net, maps)
    scores = student.support.eval_scores(net, torch.zeros(1, 3, *size))
    scores = tensor(scores, (1, 3, None, None), what="the scores", meaning="one map per class")
    _expect_constant_middle(scores, "the scores in the middle")
