"""Graded properties of 13.5."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from grader.checks import agree, expect, number, sequence, tensor
from grader.compare import difference
from grader.subject import StudentObject

# -- 13.5.1

VGG16 = [[(3, 1, 1, 1)] * n + [(2, 2, 0, 1)] for n in (2, 2, 3, 3, 3)]


@st.composite
def stack(draw, most: int, dilations: int = 1) -> list[tuple[int, int, int, int]]:
    """Layers (kernel, stride, padding, dilation)."""
    layer = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, dilations))
    return draw(st.lists(layer, min_size=1, max_size=most))


def _measured(layers) -> tuple[int, int, float, int]:
    """(size, jump, centre, which element) of a real stack: where does its gradient arrive?"""
    x = torch.zeros(1, 1, 500, dtype=torch.float64, requires_grad=True)
    y = x
    for kernel, stride, padding, dilation in layers:
        taps = torch.full((1, 1, kernel), 1.0 / kernel, dtype=torch.float64)
        y = F.conv1d(y, taps, stride=stride, padding=padding, dilation=dilation)
    middle = y.shape[-1] // 2
    first, last = _seen(x, y, middle)
    return last - first + 1, _seen(x, y, middle + 1)[0] - first, (first + last + 1) / 2, middle


def _seen(x: torch.Tensor, y: torch.Tensor, at: int) -> tuple[int, int]:
    (gradient,) = torch.autograd.grad(y[0, 0, at], x, retain_graph=True)
    touched = gradient[0, 0].nonzero()
    return int(touched.min()), int(touched.max())


def _fields(student, layers) -> list[tuple[float, float, float]]:
    got = student.receptive_field(layers)
    rows = got.tolist() if isinstance(got, torch.Tensor) and got.ndim == 2 else got
    rows = sequence(rows, what="receptive_field")
    expect(
        len(rows) == len(layers),
        f"receptive_field has {len(rows)} entries for {len(layers)} layers, wanted one per layer",
        got=got,
    )
    names = ("a size", "a jump", "a start")
    return [
        tuple(number(v, what=n) for v, n in zip(sequence(row, 3, what="an entry"), names, strict=True))
        for row in rows
    ]


@given(layers=stack(most=4))
def test_field_size_and_jump(student, reference, layers):
    """Size and jump of the receptive field grow with every kernel and every stride before it."""
    got = _fields(student, layers)
    wanted = reference.receptive_field(layers)
    agree([row[0] for row in got], [row[0] for row in wanted], what="sizes")
    agree([row[1] for row in got], [row[1] for row in wanted], what="jumps")


@given(layers=stack(most=3))
def test_field_is_where_gradients_arrive(student, layers):
    """Size and jump equal those of a real stack of layers: the input region that gets a gradient."""
    size, jump, _, _ = _measured(layers)
    got = _fields(student, layers)[-1]
    agree(got[0], float(size), what="size after the last layer")
    agree(got[1], float(jump), what="jump after the last layer")


def test_field_of_vgg16(student):
    """VGG-16 sees 6, 16, 44, 100 and 212 pixels after its five poolings, and the last jump is 32."""
    layers = [layer for block in VGG16 for layer in block]
    got = _fields(student, layers)
    ends = [2, 5, 9, 13, 17]
    agree([got[i][0] for i in ends], [6.0, 16.0, 44.0, 100.0, 212.0], what="sizes after the poolings")
    agree(got[-1][1], 32.0, what="jump after the last pooling")


@given(layers=stack(most=2, dilations=3))
def test_field_of_dilated_kernels(student, layers):
    """A dilated kernel spans dilation·(kernel − 1) + 1 elements; its left edge stays where it was."""
    got = _fields(student, layers)[-1]
    agree(got[0], float(_measured(layers)[0]), what="size after the last layer")
    plain = _fields(student, [(*layer[:3], 1) for layer in layers])[-1]
    agree(got[2] - got[0] / 2, plain[2] - plain[0] / 2, what="left edge, start - size/2, of element 0")


@given(layers=stack(most=2))
def test_field_start(student, reference, layers):
    """The start is the centre of the first receptive field; the first input pixel has its centre at 0.5."""
    got = _fields(student, layers)
    starts = [row[2] for row in reference.receptive_field(layers)]
    other = {"the first pixel has its centre at 0": [s - 0.5 for s in starts]}
    agree([row[2] for row in got], starts, what="starts", conventions=other)
    _, jump, centre, middle = _measured(layers)
    agree(got[-1][2], centre - middle * jump, what="start after the last layer")


# -- 13.5.2


def _anchors(student, fmap_h: int, fmap_w: int, sizes, *ratios) -> torch.Tensor:
    """The student's anchors as (pixels, anchors per pixel, 4); a leading 1 is as good as none."""
    got = student.grid_anchors(fmap_h, fmap_w, sizes, *ratios)
    if isinstance(got, torch.Tensor) and got.ndim == 3 and got.shape[0] == 1:
        got = got[0]
    got = tensor(got, shape=(None, 4), what="grid_anchors", meaning="one row (x1, y1, x2, y2) per anchor box")
    pixels = fmap_h * fmap_w
    expect(
        len(got) > 0 and len(got) % pixels == 0,
        f"{len(got)} anchor boxes for {pixels} pixels: wanted the same number for each pixel",
        got=got,
    )
    return got.double().reshape(pixels, -1, 4)


SIZES = st.lists(st.integers(1, 8).map(lambda k: k / 8), min_size=1, max_size=3, unique=True)
RATIOS = st.lists(st.sampled_from((2, 0.5, 4, 0.25, 3)), max_size=3, unique=True).map(lambda more: [1, *more])


@given(fmap_h=st.integers(1, 5), fmap_w=st.integers(1, 5), sizes=SIZES)
def test_anchor_centres_are_the_grid(student, fmap_h, fmap_w, sizes):
    """The anchor boxes of a pixel are centred on the pixel; pixels follow row by row."""
    got = _anchors(student, fmap_h, fmap_w, sizes)
    centres = (got[..., :2] + got[..., 2:]) / 2
    wanted = [[(j + 0.5) / fmap_w, (i + 0.5) / fmap_h] for i in range(fmap_h) for j in range(fmap_w)]
    wanted = torch.tensor(wanted, dtype=torch.float64)[:, None].expand_as(centres)
    corners = wanted - torch.tensor([0.5 / fmap_w, 0.5 / fmap_h], dtype=torch.float64)
    on_corner = difference(centres.float(), corners.float()) is None
    hint = "These are the upper-left corners of the pixels: add half a pixel." if on_corner else None
    agree(centres.float(), wanted.float(), what="centres (x, y)", hint=hint)


@given(side=st.integers(1, 4), sizes=SIZES, ratios=RATIOS)
def test_anchor_widths_and_heights(student, reference, side, sizes, ratios):
    """Each pixel has the boxes (s1, r1), …, (sn, r1), (s1, r2), …, (s1, rm), s·√r wide and s/√r high."""
    got = _anchors(student, side, side, sizes, ratios)
    extent = got[..., 2:] - got[..., :2]
    pairs = [(s, 1) for s in sizes] + [(sizes[0], r) for r in ratios[1:]]
    expect(
        got.shape[1] == len(pairs),
        f"{got.shape[1]} anchor boxes per pixel for {len(sizes)} sizes and {len(ratios)} ratios, "
        f"wanted {len(pairs)} (n + m - 1)",
    )
    wanted = torch.tensor([[s * r**0.5, s / r**0.5] for s, r in pairs])
    agree(extent.float(), wanted.expand(side * side, -1, 2), what="(width, height)")
    expected = reference.grid_anchors(side, side, sizes, ratios).reshape(side * side, -1, 4)
    agree((expected[..., 2:] - expected[..., :2]).float(), wanted.expand(side * side, -1, 2))


@given(side=st.integers(1, 4), sizes=SIZES)
def test_fewer_sizes_fewer_anchors(student, side, sizes):
    """Without ratios, 1, 2 and 0.5 are meant; each further size adds one anchor box per pixel."""
    got = _anchors(student, side, side, sizes)
    expect(got.shape[1] == len(sizes) + 2, f"{got.shape[1]} anchor boxes per pixel, wanted {len(sizes) + 2}")
    extent = got[0, :, 2:] - got[0, :, :2]
    wanted = torch.tensor([1.0] * len(sizes) + [2.0, 0.5])
    agree((extent[:, 0] / extent[:, 1]).float(), wanted, what="width/height of the boxes of a pixel")


@given(fmap_h=st.integers(1, 4), fmap_w=st.integers(1, 4), sizes=SIZES)
def test_anchor_shapes_on_any_map(student, fmap_h, fmap_w, sizes):
    """On a map that is not square the width is corrected by fmap_h/fmap_w, so the ratio holds in pixels."""
    square, other = _anchors(student, fmap_h, fmap_h, sizes)[0], _anchors(student, fmap_h, fmap_w, sizes)[0]
    square, other = ((boxes[:, 2:] - boxes[:, :2]).float() for boxes in (square, other))
    conventions = {"ratios are meant in fractions of the image": square}
    wanted = square * torch.tensor([fmap_h / fmap_w, 1.0])
    agree(other, wanted, what="(width, height) at the first pixel", conventions=conventions)


def _sizes(student, fmap_h: int, fmap_w: int) -> list[float]:
    got = student.overlapping_sizes(fmap_h, fmap_w)
    values = got.tolist() if isinstance(got, torch.Tensor) and got.ndim == 1 else got
    values = [number(v, what="a size") for v in sequence(values, what="overlapping_sizes")]
    expect(len(values) > 0, "overlapping_sizes is empty, wanted at least one size", got=got)
    expect(all(0 < v <= 1 for v in values), "a size lies outside (0, 1]", got=got)
    return values


def _needed(fmap_h: int, ratio: float) -> float:
    """Boxes of this ratio share area with all four neighbours when their size exceeds this.

    They are s·√r·h/w wide and 1/w apart, s/√r high and 1/h apart: s > 1/(h·√r) and s > √r/h.
    """
    return max(ratio**0.5, ratio**-0.5) / fmap_h


def _overlaps(size: float, ratio: float, fmap_h: int, fmap_w: int) -> None:
    shared_x = size * ratio**0.5 * fmap_h / fmap_w - 1 / fmap_w
    shared_y = size / ratio**0.5 - 1 / fmap_h
    for shared, where in ((shared_x, "left and right"), (shared_y, "above and below")):
        what = "only touches" if abs(shared) < 1e-6 else "does not reach"
        expect(
            shared > 1e-6,
            f"on a {fmap_h}×{fmap_w} map, size {size:g} with ratio {ratio:g} {what} its neighbours {where}: "
            f"wanted a size above {_needed(fmap_h, ratio):.4f}",
            got=size,
        )


@given(fmap_h=st.integers(2, 8), fmap_w=st.integers(2, 8))
def test_square_anchors_overlap(student, fmap_h, fmap_w):
    """With overlapping_sizes, neighbouring boxes of ratio 1 share area, for every size."""
    for size in _sizes(student, fmap_h, fmap_w):
        _overlaps(size, 1, fmap_h, fmap_w)


@given(fmap_h=st.integers(2, 8), fmap_w=st.integers(2, 8))
def test_anchors_of_all_ratios_overlap(student, fmap_h, fmap_w):
    """The boxes of ratios 2 and 0.5, which come with the first size, share area with their neighbours too."""
    first = _sizes(student, fmap_h, fmap_w)[0]
    _overlaps(first, 2, fmap_h, fmap_w)
    _overlaps(first, 0.5, fmap_h, fmap_w)


# -- 13.5.3

FEW = st.integers(1, 3)


@st.composite
def prediction(draw, images: st.SearchStrategy[int] = FEW) -> torch.Tensor:
    """(N, channels, h, w) in which every element tells its own place."""
    n, channels, h, w = draw(images), draw(st.integers(1, 6)), draw(FEW), draw(FEW)
    return torch.arange(float(n * channels * h * w)).reshape(n, channels, h, w)


def _laid_out(pred: torch.Tensor) -> torch.Tensor:
    """Pixel by pixel, written out."""
    channels, h, w = pred.shape[1:]
    return torch.stack([
        torch.tensor([float(image[k, i, j]) for i in range(h) for j in range(w) for k in range(channels)])
        for image in pred
    ])  # fmt: skip


def _order_hint(got: torch.Tensor, pred: torch.Tensor) -> str | None:
    """The known mistake, recognised by its result."""
    if difference(got, pred.flatten(1)) is None:
        return (
            "The shape is right and the order is not: move the channels to the last place before flattening."
        )
    return None


def _scores(student, maker: str, *sizes: int) -> StudentObject:
    net = getattr(student, maker)(*sizes)
    expect(
        isinstance(net, StudentObject) and net.callable, f"{maker} gives no layer that can be called", got=net
    )
    return net


@given(n=FEW, c=FEW, a=FEW, q=FEW, h=FEW, w=FEW)
def test_class_predictor_shape(student, n, c, a, q, h, w):
    """cls_predictor(c, a, q) maps (N, c, h, w) to (N, a·(q+1), h, w)."""
    net = _scores(student, "cls_predictor", c, a, q)
    tensor(
        net(torch.ones(n, c, h, w)),
        shape=(n, a * (q + 1), h, w),
        meaning="q classes and the background for each of a anchor boxes; height and width are kept",
        what="the class prediction",
    )


@given(n=FEW, c=FEW, a=FEW, h=FEW, w=FEW)
def test_offset_predictor_shape(student, n, c, a, h, w):
    """bbox_predictor(c, a) maps (N, c, h, w) to (N, a·4, h, w)."""
    net = _scores(student, "bbox_predictor", c, a)
    tensor(
        net(torch.ones(n, c, h, w)),
        shape=(n, a * 4, h, w),
        meaning="four offsets for each of a anchor boxes; height and width are kept",
        what="the offset prediction",
    )


@given(pred=prediction())
def test_flat_order(student, reference, pred):
    """flatten_pred lays out pixel after pixel, and all channels of a pixel next to each other."""
    wanted = _laid_out(pred)
    got = tensor(
        student.flatten_pred(pred), shape=wanted.shape, meaning="(N, h * w * channels)", what="flatten_pred"
    )
    agree(got, wanted, what="flatten_pred", hint=_order_hint(got, pred))
    agree(got, reference.flatten_pred(pred), what="flatten_pred")


# 0..5 modulo 1, 2 and 3 is even
@given(q=FEW, sizes=st.tuples(FEW, FEW, FEW, FEW), place=st.tuples(*[st.integers(0, 5)] * 4))
def test_flat_rows_belong_to_anchors(student, q, sizes, place):
    """After reshaping to (N, h·w·a, q+1), each row holds the scores of one anchor box of one pixel."""
    n, h, w, a = sizes
    pred = torch.arange(float(n * a * (q + 1) * h * w)).reshape(n, a * (q + 1), h, w)
    image, i, j, k = (index % size for index, size in zip(place, sizes, strict=True))
    got = tensor(student.flatten_pred(pred), shape=(n, h * w * a * (q + 1)), what="flatten_pred")
    row = got.reshape(n, h * w * a, q + 1)[image, (i * w + j) * a + k]
    wanted = pred[image, k * (q + 1) : (k + 1) * (q + 1), i, j]
    agree(row, wanted, what=f"scores of anchor {k} at pixel ({i}, {j})", hint=_order_hint(got, pred))


@given(preds=FEW.flatmap(lambda n: st.lists(prediction(st.just(n)), min_size=1, max_size=3)))
def test_scales_are_joined(student, reference, preds):
    """concat_preds joins the scales in their order, each laid out as by flatten_pred."""
    preds = [p + scale / 4 for scale, p in enumerate(preds)]
    wanted = torch.cat([_laid_out(p) for p in preds], dim=1)
    meaning = "(N, sum of h * w * channels)"
    got = tensor(student.concat_preds(preds), shape=wanted.shape, meaning=meaning, what="concat_preds")
    agree(got, wanted, what="concat_preds")
    agree(got, reference.concat_preds(preds), what="concat_preds")


def test_predictors_learn(student):
    """Every parameter of the two predictors, and the feature map, gets a gradient."""
    x = torch.linspace(-1, 1, 2 * 9).reshape(1, 2, 3, 3)
    for maker, sizes in (("cls_predictor", (2, 3, 1)), ("bbox_predictor", (2, 3))):
        found = student.vjp(_scores(student, maker, *sizes), x)
        parameters = found.parameters if isinstance(found.parameters, dict) else {}
        expect(len(parameters) > 0, f"{maker} has no parameter that can be trained")
        for name, gradient in parameters.items():
            expect(
                isinstance(gradient, torch.Tensor) and bool((gradient != 0).any()),
                f"{maker}: {name} gets no gradient",
            )
        (of_map,) = sequence(found.inputs, 1, what="the gradient of the feature map")
        expect(isinstance(of_map, torch.Tensor), f"{maker}: the feature map gets no gradient")


@given(pred=prediction())
def test_gradient_flows_through_the_layout(student, pred):
    """A gradient arriving at flatten_pred's result goes back to the element it came from."""
    cotangent = torch.arange(float(pred.numel())).reshape(len(pred), -1) + 1
    found = student.vjp("flatten_pred", pred, cotangent=cotangent)
    flat = tensor(found.value, shape=cotangent.shape, what="flatten_pred")
    (gradient,) = sequence(found.inputs, 1, what="the gradient")
    expect(isinstance(gradient, torch.Tensor), "flatten_pred lets no gradient through")
    gradient = tensor(gradient, shape=pred.shape, what="the gradient of flatten_pred")
    # Where an element went is read off the result, so that a wrong order is not judged here again.
    places = flat.long().clamp(0, pred.numel() - 1)
    agree(gradient.flatten()[places.flatten()], cotangent.flatten(), what="the gradient of flatten_pred")


@given(pred=prediction())
def test_layout_leaves_its_input_alone(student, pred):
    """flatten_pred and concat_preds do not change the predictions they were given."""
    student.flatten_pred(pred)
    expect(not student.changed, "flatten_pred changed its input in place")
    student.concat_preds([pred, pred])
    expect(not student.changed, "concat_preds changed its input in place")
