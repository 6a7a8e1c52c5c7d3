"""Graded properties of 13.12."""

from itertools import pairwise

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from strategies import bulk_tensor, small_ints
from torch import Tensor
from torch.nn import functional as F

from grader.checks import agree, expect, fail, number, sequence, tensor
from grader.compare import difference, kind_of

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
STD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


# -- 13.12.1: in and out


def _photo(pixels: Tensor) -> Image.Image:
    """uint8 (3, h, w) → RGB PIL image"""
    return Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()))


@st.composite
def _pixels(draw) -> Tensor:
    """uint8 (3, h, w), each side 2..5"""
    height, width = draw(small_ints(2, 5)), draw(small_ints(2, 5))
    values = list(draw(st.binary(min_size=3 * height * width, max_size=3 * height * width)))
    return torch.tensor(values, dtype=torch.uint8).reshape(3, height, width)


@given(pixels=_pixels())
def test_preprocess_normalises(student, reference, pixels):
    """preprocess maps 0..255 to 0..1 and normalises each channel by its mean and deviation."""
    size = tuple(pixels.shape[1:])
    got = tensor(student.preprocess(_photo(pixels), size), (1, 3, *size), what="preprocess")
    if difference(got[0], pixels / 255) is None:
        fail("preprocess gives plain values 0..1: mean and deviation are not applied", got=got)
    agree(got, reference.preprocess(_photo(pixels), size))
    agree(got[0], (pixels / 255 - MEAN) / STD)


@given(height=small_ints(2, 9), width=small_ints(2, 9), grey=st.integers(0, 255))
def test_preprocess_resizes(student, height, width, grey):
    """preprocess resizes to (height, width), and a picture of one colour stays of one colour."""
    flat = torch.full((3, 4, 7), grey, dtype=torch.uint8)
    got = tensor(
        student.preprocess(_photo(flat), (height, width)),
        (1, 3, height, width),
        what="preprocess",
        meaning="image_shape is (height, width)",
    )
    agree(got[0], ((grey / 255 - MEAN) / STD).expand(3, height, width))


def _pixels_of(value, height: int, width: int) -> Tensor:
    """(3, height, width) of 0..255 from a PIL image; a float tensor of 0..1 will do, too."""
    if isinstance(value, Image.Image):
        expect(
            value.mode == "RGB", f"postprocess gives a picture of mode {value.mode}, wanted RGB", got=value
        )
        wanted = (width, height)
        expect(value.size == wanted, f"postprocess: {value.size} pixels (width, height), wanted {wanted}")
        return torch.from_numpy(np.array(value)).permute(2, 0, 1).double()
    if not isinstance(value, Tensor):
        fail(f"postprocess gives {kind_of(value)}, wanted a PIL image", got=value)
    image = value[0] if value.ndim == 4 and len(value) == 1 else value
    if image.shape == (height, width, 3):
        image = image.permute(2, 0, 1)
    return tensor(image, (3, height, width), what="postprocess").double() * 255


def _expect_pixels(got: Tensor, wanted: Tensor) -> None:
    """Equal up to one of 255 steps: truncating and rounding are both usual."""
    off = (got - wanted).abs()
    expect(
        float(off.max()) <= 1.01,
        f"postprocess: a colour is off by {float(off.max()):.0f} of 255",
        got=got,
        wanted=wanted,
    )


@given(pixels=_pixels())
def test_postprocess_is_the_inverse(student, pixels):
    """postprocess gives the picture back whose pixels were scaled to 0..1 and normalised."""
    normalised = ((pixels / 255 - MEAN) / STD)[None]
    got = student.postprocess(normalised)
    _expect_pixels(_pixels_of(got, *pixels.shape[1:]), pixels.double())


@given(X=bulk_tensor(1, 3, 2, 3, low=-5, high=5))
def test_postprocess_clamps(student, X):
    """Values beyond black or white become black or white."""
    got = _pixels_of(student.postprocess(X), 2, 3)
    _expect_pixels(got, ((X[0] * STD + MEAN).clamp(0, 1) * 255).double())


# -- 13.12.1: features


def _network(seed: int = 0, widths: tuple[int, ...] = (8, 12, 16)) -> list:
    """Layers conv, relu, pool, conv, relu, pool, conv, relu as `support.features` takes them."""
    generator = torch.Generator().manual_seed(seed)
    layers: list = []
    channels = 3
    for width in widths:
        if layers:
            layers.append("pool")
        weight = torch.randn(width, channels, 3, 3, generator=generator) * (2 / (9 * channels)) ** 0.5
        layers += [(weight, torch.zeros(width)), "relu"]
        channels = width
    return layers


def _outputs(X: Tensor, layers: list) -> list[Tensor]:
    """What each layer gives."""
    found = []
    for layer in layers:
        if layer == "relu":
            X = F.relu(X)
        elif layer == "pool":
            X = F.avg_pool2d(X, 2)
        else:
            X = F.conv2d(X, *layer, padding=1)
        found.append(X)
    return found


def _expect_outputs(got, wanted: list[int], outputs: list[Tensor], what: str) -> None:
    """`got` lists the outputs of the layers `wanted`."""
    for found, i in zip(sequence(got, len(wanted), what=what), wanted, strict=True):
        if difference(found, outputs[i]) is None:
            continue
        other = [k for k, out in enumerate(outputs) if difference(found, out) is None]
        if other:
            fail(f"{what}: the output of layer {other[0]}, wanted that of layer {i}", got=found)
        agree(found, outputs[i], what=f"{what}, layer {i}")


_SOME_LAYERS = st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True).map(sorted)


@given(content_layers=_SOME_LAYERS, style_layers=_SOME_LAYERS, seed=st.integers(0, 9))
def test_features_are_of_the_right_layers(student, content_layers, style_layers, seed):
    """extract_features gives the outputs of the content layers and of the style layers, in order."""
    layers = _network(seed, widths=(4, 5, 6))
    X = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    net = student.support.features(layers)
    found = student.extract_features(X, net, content_layers, style_layers)
    contents, styles = sequence(found, 2, what="extract_features")
    outputs = _outputs(X, layers)
    _expect_outputs(contents, content_layers, outputs, "contents")
    _expect_outputs(styles, style_layers, outputs, "styles")


def _runs(student, net) -> list[tuple[int, bool]]:
    """Which layers ran so far, and whether gradients were recorded."""
    runs = [sequence(run, 2) for run in sequence(student.support.ran(net))]
    return [(int(number(i)), bool(recorded)) for i, recorded in runs]


def test_features_in_one_pass(student):
    """extract_features runs each layer at most once."""
    net = student.support.features(_network(widths=(4, 5, 6)))
    student.extract_features(torch.ones(1, 3, 8, 8), net, [4], [1, 4, 7])
    layers = [i for i, _ in _runs(student, net)]
    most = max((layers.count(i) for i in layers), default=0)
    expect(most <= 1, f"layer {layers[0] if layers else 0} ran {most} times for one picture, wanted once")


def test_features_record_gradients(student):
    """extract_features records gradients: the picture can be optimised through it."""
    net = student.support.features(_network(widths=(4, 5, 6)))
    student.extract_features(torch.ones(1, 3, 8, 8), net, [4], [1, 4, 7])
    runs = _runs(student, net)
    expect(
        bool(runs) and all(recorded for _, recorded in runs),
        "layers ran without recording gradients (torch.no_grad): the picture can't be optimised",
    )


# -- 13.12.1: the losses


@st.composite
def _map(draw, least: int = 1, channels: int | None = None) -> Tensor:
    """(1, C, H, W) on the coarse grid"""
    c = channels or draw(small_ints(1, 4))
    return draw(bulk_tensor(1, c, draw(small_ints(least, 4)), draw(small_ints(least, 4))))


@st.composite
def _two_maps(draw) -> tuple[Tensor, Tensor]:
    first = draw(_map())
    return first, draw(bulk_tensor(*first.shape))


def _square_difference(a: Tensor, b: Tensor) -> float:
    """Mean of the squared differences, element by element."""
    pairs = zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)
    return sum((x - y) ** 2 for x, y in pairs) / a.numel()


@given(maps=_two_maps())
def test_content_loss_values(student, reference, maps):
    """content_loss is the mean of the squared differences."""
    Y_hat, Y = maps
    got = number(student.content_loss(Y_hat, Y), what="content_loss")
    mean = _square_difference(Y_hat, Y)
    conventions = {"the sum, not the mean": mean * Y.numel(), "half the sum": mean * Y.numel() / 2}
    agree(got, mean, what="content_loss", conventions=conventions)
    agree(got, number(reference.content_loss(Y_hat, Y)), what="content_loss")


def _gram(X: Tensor) -> Tensor:
    """C·n times the Gram matrix, written out."""
    rows = X.reshape(X.shape[1], -1).double().tolist()
    inner = [[sum(a * b for a, b in zip(one, other, strict=True)) for other in rows] for one in rows]
    return torch.tensor(inner, dtype=torch.float64)


def _gram_of(student, X: Tensor) -> Tensor:
    size = X.shape[1]
    return tensor(student.gram(X), (size, size), what="gram", meaning="one row and column per channel")


@given(X=_map())
def test_gram_values(student, reference, X):
    """gram gives the inner products of the channels, divided by C·n."""
    got, products = _gram_of(student, X), _gram(X)
    pixels = X.shape[2] * X.shape[3]
    conventions = {
        "not divided by C·n": products,
        "divided by the number of pixels n only": products / pixels,
    }
    agree(got, products / X.numel(), what="gram", conventions=conventions)
    agree(got, reference.gram(X), what="gram")


@given(X=_map())
def test_gram_is_symmetric_and_not_negative(student, X):
    """gram is symmetric and has no negative eigenvalue."""
    got = _gram_of(student, X).double()
    agree(got, got.T, what="gram against its transpose")
    lowest = float(torch.linalg.eigvalsh(got)[0])
    expect(lowest >= -1e-5 * max(1.0, float(got.abs().max())), f"gram has the eigenvalue {lowest:g}", got=got)


@given(X=_map(), seed=st.integers(0, 99))
def test_gram_ignores_where_pixels_are(student, X, seed):
    """gram stays the same when the pixels change places."""
    order = torch.randperm(X.shape[2] * X.shape[3], generator=torch.Generator().manual_seed(seed))
    moved = X.flatten(2)[..., order].reshape(X.shape)
    agree(_gram_of(student, moved), _gram_of(student, X), what="gram of permuted pixels")


def _expect_either(got: float, wanted: float, own, what: str) -> None:
    """`got` is right, or right by the student's own functions: one mistake is to cost one item."""
    if difference(got, wanted) is not None and (mine := own()) is not None and difference(got, mine) is None:
        return
    agree(got, wanted, what=what)


def _own_style_loss(student, Y_hat: Tensor, gram_Y: Tensor) -> float | None:
    if not student.has("gram"):
        return None
    return _square_difference(_gram_of(student, Y_hat).double(), gram_Y)


@given(maps=_two_maps())
def test_style_loss_values(student, reference, maps):
    """style_loss is the mean of the squared differences between the two Gram matrices."""
    Y_hat, Y = maps
    gram_Y = (_gram(Y) / Y.numel()).float()
    got = number(student.style_loss(Y_hat, gram_Y), what="style_loss")
    wanted = _square_difference(_gram(Y_hat) / Y.numel(), gram_Y)
    _expect_either(got, wanted, lambda: _own_style_loss(student, Y_hat, gram_Y), "style_loss")


@given(maps=_two_maps())
def test_targets_get_no_gradient(student, maps):
    """In content_loss and style_loss gradients flow into the picture's features, not into the target."""
    Y_hat, Y = maps
    Y_hat, Y = Y_hat + 3, Y - 3  # the loss isn't at its minimum
    for name, target in (("content_loss", Y), ("style_loss", 100 + _gram(Y).float())):
        gradients = sequence(student.vjp(name, Y_hat, target).inputs, 2, what="the gradients")
        hint = "detach the target: it is a given number, not something to learn"
        none = gradients[1] is None or not bool(tensor(gradients[1], what="the gradient of the target").any())
        expect(none, f"{name}: a gradient flows into the target, which is not detached", hint=hint)
        expect(
            gradients[0] is not None and bool(tensor(gradients[0], what="the gradient of Y_hat").any()),
            f"{name}: no gradient flows into Y_hat",
            hint="only the target is detached",
        )


def _neighbours(X: Tensor) -> tuple[list[float], list[float]]:
    """Absolute differences to the pixel below and to the pixel on the right."""
    down, right = [], []
    for plane in X[0].tolist():
        for y, row in enumerate(plane):
            for x, value in enumerate(row):
                if y + 1 < len(plane):
                    down.append(abs(plane[y + 1][x] - value))
                if x + 1 < len(row):
                    right.append(abs(row[x + 1] - value))
    return down, right


@given(X=_map(least=2, channels=3))
def test_tv_values(student, reference, X):
    """tv_loss is half the sum of the mean differences to the pixel below and to the pixel on the right."""
    got = number(student.tv_loss(X), what="tv_loss")
    down, right = _neighbours(X)
    wanted = (sum(down) / len(down) + sum(right) / len(right)) / 2
    around = sum(float((X - X.roll(1, axis)).abs().mean()) / 2 for axis in (2, 3))
    if difference(got, wanted) is not None and difference(got, around) is None:
        fail(
            "tv_loss wraps around: the last row or column is compared with the first", got=got, wanted=wanted
        )
    conventions = {
        "not halved": 2 * wanted,
        "the sum of all differences, not the mean": sum(down) + sum(right),
        "half the sum of all differences": (sum(down) + sum(right)) / 2,
        "squared differences": (_mean_square(down) + _mean_square(right)) / 2,
    }
    agree(got, wanted, what="tv_loss", conventions=conventions)
    agree(got, number(reference.tv_loss(X)), what="tv_loss")


def _mean_square(values: list[float]) -> float:
    return sum(v * v for v in values) / len(values)


@given(X=_map(least=2, channels=3))
def test_tv_looks_at_differences_only(student, X):
    """tv_loss is 0 for a constant, and the same when a picture is mirrored or made brighter."""
    agree(
        number(student.tv_loss(torch.full_like(X, 0.75)), what="tv_loss"), 0.0, what="tv_loss of a constant"
    )
    plain = number(student.tv_loss(X), what="tv_loss")
    expect(plain >= 0, f"tv_loss is {plain:g}, wanted at least 0", got=plain)
    for name, other in (("mirrored", X.flip(3)), ("upside down", X.flip(2)), ("brighter", X + 1)):
        agree(number(student.tv_loss(other), what="tv_loss"), plain, what=f"tv_loss of the picture {name}")


@given(maps=_two_maps(), X=_map(least=2, channels=3))
def test_style_parts_leave_their_inputs_alone(student, maps, X):
    """The losses, gram, postprocess and extract_features do not change their inputs."""
    Y_hat, Y = maps
    calls = {
        "content_loss": (Y_hat, Y),
        "gram": (Y,),
        "style_loss": (Y_hat, _gram(Y).float()),
        "tv_loss": (X,),
        "postprocess": (X,),
        "extract_features": (X, student.support.features(["relu", "relu"]), [0], [1]),
    }
    for name, args in calls.items():
        getattr(student, name)(*args)
        expect(not student.changed, f"{name} changed its input in place", wanted=args[0])


# -- 13.12.2


@st.composite
def _situation(draw) -> tuple:
    """Arguments of compute_loss before the weights: one or two content layers, one to three style layers."""
    X = draw(bulk_tensor(1, 3, 2, 2))
    contents = [draw(bulk_tensor(1, 2, 1, 2)) for _ in range(2 * draw(small_ints(1, 2)))]
    styles = [draw(bulk_tensor(1, 2, 2, 1)) for _ in range(2 * draw(small_ints(1, 3)))]
    grams = [(_gram(s) / s.numel()).float() for s in styles[1::2]]
    return X, contents[::2], styles[::2], contents[1::2], grams


_WEIGHT = st.sampled_from([0.5, 1, 2, 10, 100])
_PARTS = ("content", "style", "tv")


def _part(value, what: str) -> float:
    """A part of the loss as one number: a list or tensor of the layers' losses, or their sum already."""
    if isinstance(value, Tensor) and value.numel() > 1:
        return float(tensor(value, what=what).double().sum())
    if isinstance(value, (list, tuple)):
        return sum(number(v, what=f"a loss of {what}") for v in value)
    return number(value, what=what)


def _loss(student, situation: tuple, weights) -> list[float]:
    """[content part, style part, tv part, total]"""
    found = sequence(student.compute_loss(*situation, weights), 4, what="compute_loss")
    names = ("contents_l", "styles_l", "tv_l", "total")
    return [_part(v, name) for v, name in zip(found, names, strict=True)]


def _own_parts(student, situation: tuple) -> list[float | None]:
    """The parts at weight 1, from the student's own losses; None where one isn't written."""
    X, contents_hat, styles_hat, contents, grams = situation
    calls = (
        ("content_loss", list(zip(contents_hat, contents, strict=True))),
        ("style_loss", list(zip(styles_hat, grams, strict=True))),
        ("tv_loss", [(X,)]),
    )
    return [
        sum(number(getattr(student, name)(*args), what=name) for args in each) if student.has(name) else None
        for name, each in calls
    ]


@given(situation=_situation(), weights=st.tuples(_WEIGHT, _WEIGHT, _WEIGHT))
def test_parts_are_weighted_losses(student, reference, situation, weights):
    """Each part is the loss of its layers times its own weight: content, style, total variation."""
    got = _loss(student, situation, weights)
    wanted = _loss(reference, situation, weights)
    for k, name in enumerate(_PARTS):

        def own(k=k):
            mine = _own_parts(student, situation)[k]
            return None if mine is None else mine * weights[k]

        _expect_either(got[k], wanted[k], own, f"the {name} part")


@given(situation=_situation(), which=st.integers(0, 2), factor=st.sampled_from([0.5, 3, 7]))
def test_weight_scales_its_part_only(student, situation, which, factor):
    """Multiplying a weight multiplies its own part by the same factor and leaves the others alone."""
    weights = [1, 1, 1]
    plain = _loss(student, situation, tuple(weights))
    weights[which] = factor
    got = _loss(student, situation, tuple(weights))
    for k, name in enumerate(_PARTS):
        times = factor if k == which else 1
        agree(got[k], plain[k] * times, what=f"the {_PARTS[which]} weight times {factor}: the {name} part")


@given(situation=_situation(), which=st.integers(0, 2))
def test_zero_weight_removes_its_part(student, situation, which):
    """A weight of zero removes its part from the loss."""
    weights = tuple(0 if k == which else 1 for k in range(3))
    got = _loss(student, situation, weights)
    agree(got[which], 0.0, what=f"the {_PARTS[which]} part with weight 0")


@given(situation=_situation(), weights=st.tuples(_WEIGHT, _WEIGHT, _WEIGHT))
def test_total_is_the_sum_of_its_parts(student, situation, weights):
    """The total is the sum of the three parts, each counted once."""
    *parts, total = _loss(student, situation, weights)
    agree(total, float(sum(parts)), what="the total against the sum of its parts")


@given(situation=_situation())
def test_total_can_be_optimised(student, situation):
    """The gradient of the total reaches the picture."""
    ramp = torch.arange(12.0).reshape(1, 3, 2, 2)  # its total variation has a gradient
    situation = (ramp, *situation[1:])
    found = sequence(student.compute_loss(*situation, (1, 1, 1)), 4, what="compute_loss")
    tensor(found[3], what="the total", dtype="floating")
    zeros = [torch.zeros(v.shape) for v in found[:3] if isinstance(v, Tensor)]
    cotangent = [*zeros, torch.ones(found[3].shape)]
    gradients = student.vjp("compute_loss", *situation, (1, 1, 1), cotangent=cotangent).inputs
    gradient = sequence(gradients, what="the gradients")[0]
    expect(
        gradient is not None and bool(tensor(gradient, what="the gradient of X").any()),
        "the total has no gradient with respect to X: it was detached or turned into a number",
    )


@given(situation=_situation())
def test_compute_loss_leaves_its_inputs_alone(student, situation):
    """compute_loss does not change the features, Gram matrices and weights it is given."""
    student.compute_loss(*situation, (1, 2, 3))
    expect(not student.changed, f"compute_loss changed {', '.join(student.changed)} in place")


# -- 13.12.3


CONTENT_LAYERS, STYLE_LAYERS = [4], [1, 4, 7]
WEIGHTS = (1.0, 10.0, 0.1)


def _content(height: int = 24, width: int = 24) -> Tensor:
    """A disc before a gradient; many of its values are exactly 0 or 1."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    disc = (x**2 + y**2 < 0.4).float()
    return torch.stack((disc, (x + 1) / 2, 1 - disc))


def _style(height: int = 24, width: int = 24) -> Tensor:
    """Oblique stripes in one colour, level ones in another."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    stripes = ((x + 2 * y) % 6 < 3).float()
    return torch.stack((stripes, stripes / 2 + 0.25, (y // 2 % 2).float()))


def _stylise(student, content: Tensor, style: Tensor, net=None, **options) -> Tensor:
    """What stylise returns, as a tensor of the size of the content."""
    net = net or student.support.features(_network())
    options = {"weights": WEIGHTS, "steps": 30, "lr": 0.1, **options}
    value = student.stylise(content, style, net, CONTENT_LAYERS, STYLE_LAYERS, **options)
    if isinstance(value, Image.Image) and value.mode == "RGB":
        value = torch.from_numpy(np.array(value)).permute(2, 0, 1) / 255
    if isinstance(value, Tensor) and value.ndim == 4 and len(value) == 1:
        value = value[0]
    meaning = "the size of the content"
    return tensor(value, tuple(content.shape), what="stylise", meaning=meaning).float()


def _losses(image: Tensor, content: Tensor, style: Tensor) -> list[float]:
    """[content loss, style loss, total variation] of a picture, each with weight 1."""
    layers = _network()
    X, C, S = ((p[None] - MEAN) / STD for p in (image, content, style))
    of_x, of_c, of_s = (_outputs(p, layers) for p in (X, C, S))
    down = (X[:, :, 1:] - X[:, :, :-1]).abs().mean()
    right = (X[..., 1:] - X[..., :-1]).abs().mean()
    return [
        sum(float(F.mse_loss(of_x[k], of_c[k])) for k in CONTENT_LAYERS),
        sum(float(F.mse_loss(_correlations(of_x[k]), _correlations(of_s[k]))) for k in STYLE_LAYERS),
        float(down + right) / 2,
    ]


def _correlations(features: Tensor) -> Tensor:
    """The Gram matrix."""
    return torch.einsum("bihw,bjhw->ij", features, features) / features.numel()


def _joint(image: Tensor, content: Tensor, style: Tensor) -> float:
    return sum(w * part for w, part in zip(WEIGHTS, _losses(image, content, style), strict=True))


def test_stylise_has_the_size_of_the_content(student):
    """stylise returns a picture of the content's size, whatever the size of the style image."""
    for height, width in ((16, 24), (20, 12)):
        _stylise(student, _content(height, width), _style(12, 16), steps=2)


def test_stylise_stays_in_range(student):
    """The values of the result lie in 0..1."""
    got = _stylise(student, _content(16, 16), _style(16, 16))
    low, high = float(got.min()), float(got.max())
    expect(
        low >= -1e-5 and high <= 1 + 1e-5,
        f"the values of the result run from {low:.2f} to {high:.2f}, wanted 0..1: clamp it",
        got=got,
    )


def test_stylise_improves_the_joint_loss(student):
    """The result differs from both pictures, and its joint loss is clearly lower than that of either."""
    content, style = _content(), _style()
    got = _stylise(student, content, style)
    for name, image in (("content", content), ("style", style)):
        off = float((got - image).abs().mean())
        expect(off > 0.005, f"the result is the {name} image", got=got)
    joint = _joint(got.clamp(0, 1), content, style)
    before = min(_joint(content, content, style), _joint(style, content, style))
    expect(
        joint < 0.75 * before,
        f"after 30 steps the joint loss is {joint:.2f}; the better of the two pictures has {before:.2f} at the start, "
        f"wanted less than {0.75 * before:.2f}",
        got=got,
    )


def test_stylise_is_reproducible(student):
    """The same seed gives the same picture."""
    content, style = _content(16, 16), _style(16, 16)
    first = _stylise(student, content, style, steps=3)
    agree(_stylise(student, content, style, steps=3), first, what="the second run with the same seed")


def test_stylise_leaves_its_inputs_alone(student):
    """stylise changes neither the pictures nor the network."""
    layers = _network()
    net = student.support.features(layers)
    _stylise(student, _content(16, 16), _style(16, 16), net=net, steps=3)
    expect(not student.changed, "stylise changed a picture it was given in place")
    given = [part for layer in layers if isinstance(layer, tuple) for part in layer]
    kept = list(net.state().parameters.values())
    same = len(kept) == len(given) and all(torch.equal(a, b) for a, b in zip(kept, given, strict=True))
    expect(same, "stylise changed the parameters of the network: only the picture is optimised")


def _expect_falling(values: list[float], weights: tuple[int | float, ...], what: str) -> None:
    for (low, high), (before, after) in zip(pairwise(weights), pairwise(values), strict=True):
        expect(
            after < before,
            f"{what} weight {low:g} → {high:g}: the {what} loss of the result went from {before:.4f} to {after:.4f}, "
            "wanted a lower one",
        )


def test_tv_weight_smooths_the_result(student):
    """Raising the weight of the total variation lowers the total variation of the result."""
    content, style = _content(16, 16), _style(16, 16)
    weights = (0.1, 1, 10)
    found = [_stylise(student, content, style, weights=(1.0, 10.0, w), steps=20) for w in weights]
    _expect_falling([_losses(p.clamp(0, 1), content, style)[2] for p in found], weights, "tv")


def test_content_weight_keeps_the_content(student):
    """Raising the weight of the content brings the features of the result closer to those of the content."""
    content, style = _content(16, 16), _style(16, 16)
    weights = (1, 10, 100)
    found = [_stylise(student, content, style, weights=(w, 10.0, 0.1), steps=20) for w in weights]
    _expect_falling([_losses(p.clamp(0, 1), content, style)[0] for p in found], weights, "content")
