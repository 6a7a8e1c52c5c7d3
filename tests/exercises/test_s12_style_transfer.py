"""Graded properties of 13.12."""

import math
from itertools import permutations
from typing import Any

import torch
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from strategies import bulk_tensor, small_ints
from torch import Tensor
from torch.nn import functional as F

from grader.checks import Tolerance, agree, expect, number, sequence, tensor
from grader.compare import difference, kind_of

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


def _symptom(got: Any, mistakes: dict[str, Any]) -> str | None:
    """The hint for the known mistake that gives `got`, if one does."""
    return next((hint for hint, value in mistakes.items() if difference(got, value) is None), None)


# -- 13.12.1: pictures in and out


BATCH = "batch, channels, height, width; image_shape is (height, width)"


@st.composite
def pictures(draw) -> Tensor:
    """uint8 (3, h, w) of at most 3×3 pixels"""
    height, width = draw(small_ints(1, 3)), draw(small_ints(1, 3))
    values = draw(st.binary(min_size=3 * height * width, max_size=3 * height * width))
    return torch.tensor(list(values), dtype=torch.uint8).reshape(3, height, width)


def _picture(pixels: Tensor) -> Image.Image:
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def _normalised(pixels: Tensor) -> Tensor:
    """(3, h, w) in 0..1 → (1, 3, h, w)"""
    return ((pixels - MEAN) / STD).unsqueeze(0)


@given(pixels=pictures())
def test_preprocess_normalises(student, reference, pixels):
    """preprocess gives (pixel/255 − mean)/std for every channel, as a batch of one image."""
    picture, size = _picture(pixels), tuple(pixels.shape[1:])
    got = tensor(student.preprocess(picture, size), shape=(1, 3, *size), meaning=BATCH)
    scaled = pixels.float() / 255
    mistakes = {
        "The mean and the standard deviation of the channels are not applied.": scaled[None],
        "The pixels are not divided by 255 before they are normalised.": _normalised(pixels.float()),
        "Subtract the mean first, then divide by the standard deviation.": (scaled / STD - MEAN)[None],
    }
    agree(got, _normalised(scaled), hint=_symptom(got, mistakes))
    agree(got, reference.preprocess(picture, size))


@given(size=st.tuples(small_ints(4, 8), small_ints(4, 8)))
@example(size=(6, 8))
def test_preprocess_resizes(student, size):
    """preprocess resizes the whole picture to image_shape, which is (height, width)."""
    down, right = torch.linspace(0, 255, 12)[:, None], torch.linspace(0, 255, 20)
    ramps = torch.stack((down.expand(12, 20), right.expand(12, 20), torch.full((12, 20), 51.0)))
    got = tensor(student.preprocess(_picture(ramps.round().byte()), size), shape=(1, 3, *size), meaning=BATCH)
    wanted = _normalised(F.interpolate(ramps[None] / 255, size, mode="bilinear")[0])
    # ways to interpolate differ by half a pixel at most; a crop or a turned picture is off by much more
    agree(got, wanted, what="ramps from black to white", within=Tolerance(0, 0.25))


def _pixels(value: Any, height: int, width: int) -> Tensor:
    """A picture as (3, height, width) in 0..1."""
    expect(
        isinstance(value, Image.Image),
        f"postprocess returned {kind_of(value)}, wanted a PIL image",
        got=value,
    )
    expect(
        value.size == (width, height),
        f"the picture is {value.width} wide and {value.height} high, wanted {width} and {height}",
    )
    data = torch.frombuffer(bytearray(value.convert("RGB").tobytes()), dtype=torch.uint8)
    return data.reshape(height, width, 3).permute(2, 0, 1).double() / 255


ONE_STEP = Tolerance(0, 1.1 / 255)  # a picture has whole values: rounding and cutting off are both fine


@given(pixels=pictures())
def test_postprocess_inverts_preprocess(student, pixels):
    """postprocess gives back the picture that preprocess was given."""
    X = _normalised(pixels.float() / 255)
    got = _pixels(student.postprocess(X), *pixels.shape[1:])
    kept = (X[0].double().clamp(0, 1) * 255).round() / 255
    mistakes = {"The normalisation is not undone: times the standard deviation, plus the mean.": kept}
    agree(got, pixels.double() / 255, within=ONE_STEP, hint=_symptom(got, mistakes))


@given(over=st.sampled_from([0.1, 0.4, 1.0]))
def test_postprocess_clamps(student, over):
    """postprocess clamps what leaves 0..1: what is beyond white stays white, what is beyond black stays black."""
    values = torch.tensor([-over, 1 + over]).expand(3, 1, 2)
    got = _pixels(student.postprocess(_normalised(values)), 1, 2)
    agree(got, values.clamp(0, 1).double(), what="pixels beyond black and white")


# -- 13.12.1: features

DEPTH = 6


@st.composite
def layer_choices(draw) -> tuple[list[int], list[int]]:
    """Ascending content and style layers of a net of 6 layers; a layer may be in both lists."""
    indices = st.lists(st.integers(0, DEPTH - 1), min_size=1, max_size=4, unique=True).map(sorted)
    return draw(indices), draw(indices)


def _outputs(X: Tensor) -> list[Tensor]:
    """What the layers of the support module's easy_net give."""
    found = []
    for i in range(DEPTH):
        X = X * 2 + (i + 1)
        found.append(X)
    return found


@given(layers=layer_choices())
def test_features_are_the_right_layers(student, reference, layers):
    """extract_features gives the outputs of the content layers and of the style layers, in order."""
    X = torch.tensor([[[[0.0, 1.0]]]])
    inputs = [X, *_outputs(X)]
    found = student.extract_features(X, student.support.easy_net(DEPTH), *layers)
    expected = reference.extract_features(X, reference.support.easy_net(DEPTH), *layers)
    pair = sequence(found, 2, what="extract_features (contents, styles)")
    for name, features, wanted, known in zip(("content", "style"), pair, layers, expected, strict=True):
        features = sequence(features, len(wanted), what=f"{name}s")
        for index, feature, same in zip(wanted, features, known, strict=True):
            feature = tensor(feature, shape=tuple(X.shape), what=f"the feature of {name} layer {index}")
            early = {f"That is the input of layer {index}; its output is wanted.": inputs[index]}
            what = f"the output of {name} layer {index}"
            agree(feature, inputs[index + 1], what=what, hint=_symptom(feature, early))
            agree(feature, same, what=what)


def _inner_tensors(value: Any) -> list[Tensor]:
    """The tensors in nested lists, in order."""
    if isinstance(value, list | tuple):
        return [t for part in value for t in _inner_tensors(part)]
    return [value] if isinstance(value, Tensor) else []


def _any_features(student, *args: Any) -> list[Tensor]:
    """Some features, whichever they are: another check looks at that."""
    value = student.extract_features(*args)
    found = _inner_tensors(value)
    expect(bool(found), "extract_features gives no features", got=value)
    return found


@given(layers=layer_choices())
def test_features_take_one_pass(student, layers):
    """All features come from one pass: no layer runs more than once."""
    net = student.support.easy_net(DEPTH)
    _any_features(student, torch.ones(1, 1, 1, 1), net, *layers)
    runs = [int(number(n)) for n in sequence(student.support.runs(net), DEPTH)]
    layer = runs.index(max(runs))
    expect(
        max(runs) <= 1, f"layer {layer} ran {runs[layer]} times, wanted one pass for all features", got=runs
    )


@given(layers=layer_choices())
def test_features_pass_gradients_on(student, layers):
    """Gradients flow from every feature back to the image: they are its slopes."""
    X, net = torch.zeros(1, 1, 1, 2), student.support.easy_net(DEPTH)
    before, after = (
        sum(tensor(feature, shape=tuple(X.shape), what="a feature").double() for feature in found)
        for found in (_any_features(student, X, net, *layers), _any_features(student, X + 1, net, *layers))
    )
    found = sequence(student.vjp("extract_features", X, net, *layers).inputs, 1, what="the gradients")[0]
    lost = "no gradient flows from the features to the image: were they computed under no_grad, or detached?"
    expect(isinstance(found, Tensor), lost, got=found)
    got = tensor(found, shape=tuple(X.shape), what="the gradient").double()
    hint = "Some of the features are detached."
    agree(got, after - before, what="the gradient of the sum of the features", hint=hint)


# -- 13.12.1: losses


@st.composite
def features(draw) -> Tensor:
    """(1, c, h, w)"""
    return draw(bulk_tensor(1, draw(small_ints(1, 3)), draw(small_ints(1, 3)), draw(small_ints(1, 3))))


@st.composite
def feature_pairs(draw) -> tuple[Tensor, Tensor]:
    """Two features of one shape."""
    shape = (1, draw(small_ints(1, 3)), draw(small_ints(1, 2)), draw(small_ints(1, 3)))
    return draw(bulk_tensor(*shape)), draw(bulk_tensor(*shape))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


@given(pair=feature_pairs())
def test_content_loss_is_the_mean_square(student, reference, pair):
    """content_loss is the mean of the squared differences."""
    a, b = (t.flatten().tolist() for t in pair)
    squares = [(x - y) ** 2 for x, y in zip(a, b, strict=True)]
    others = {"the sum instead of the mean": sum(squares), "half the sum of squares": sum(squares) / 2}
    got = number(student.content_loss(*pair), what="content_loss")
    agree(got, _mean(squares), conventions=others)
    agree(got, number(reference.content_loss(*pair)))


def _inner_products(X: Tensor) -> Tensor:
    """(1, c, h, w) → (c, c): sums of products over the pixels, written out."""
    channels = [c.flatten().tolist() for c in X[0]]
    rows = [[sum(p * q for p, q in zip(a, b, strict=True)) for b in channels] for a in channels]
    return torch.tensor(rows, dtype=torch.float64)


def _gram(subject, X: Tensor) -> Tensor:
    channels = X.shape[1]
    meaning = "one row and one column per channel"
    return tensor(subject.gram(X), shape=(channels, channels), what="gram", meaning=meaning).double()


@st.composite
def wide_features(draw) -> Tensor:
    """(1, c, h, w) with more pixels than channels, so that no two conventions of gram give the same."""
    return draw(bulk_tensor(1, draw(small_ints(2, 3)), draw(small_ints(1, 2)), 4))


@given(X=wide_features())
def test_gram_values(student, reference, X):
    """gram is the inner product of every pair of channels over the n pixels, divided by c·n."""
    c, n = X.shape[1], X[0, 0].numel()
    got, products = _gram(student, X), _inner_products(X)
    others = {
        "not divided by c·n": products,
        "divided by the number of pixels": products / n,
        "divided by the number of channels": products / c,
    }
    mixed = _inner_products(X.permute(0, 2, 3, 1).reshape(X.shape)) / (c * n)
    mistakes = {
        "The mean of each channel was subtracted; a Gram matrix keeps it.": (
            _inner_products(X - X.mean((2, 3), keepdim=True)) / (c * n)
        ),
        "Channels and pixels are mixed up: reshape (1, c, h, w) as it is, without a permute.": mixed,
    }
    agree(got, products / (c * n), what="gram", conventions=others, hint=_symptom(got, mistakes))
    agree(got, _gram(reference, X), what="gram")


@given(X=features())
def test_gram_is_symmetric_and_positive(student, X):
    """gram is symmetric and positive semi-definite, and four times as large for a feature twice as large."""
    got = _gram(student, X)
    agree(got, got.T, what="gram against its transpose")
    lowest = float(torch.linalg.eigvalsh((got + got.T) / 2).min())
    slack = 1e-4 * (1 + float(got.abs().max()))
    expect(lowest >= -slack, f"gram has the negative eigenvalue {lowest:.3g}", got=got)
    within = Tolerance(1e-4, 1e-5)  # the table's for float32, which a student may compute in
    agree(_gram(student, 2 * X), 4 * got, what="gram of the doubled feature", within=within)


@given(X=features(), order=st.integers(0, 2**16))
def test_gram_forgets_where_pixels_are(student, X, order):
    """gram stays the same when the pixels are permuted: it keeps the style and forgets the place."""
    places = torch.randperm(X[0, 0].numel(), generator=torch.Generator().manual_seed(order))
    moved = X.flatten(2)[:, :, places].reshape(X.shape)
    within = Tolerance(1e-4, 1e-5)  # as above
    agree(_gram(student, moved), _gram(student, X), what="gram of the permuted pixels", within=within)


@given(pair=feature_pairs())
def test_style_loss_compares_gram_matrices(student, reference, pair):
    """style_loss is the mean of the squared differences between gram(Y_hat) and the given Gram matrix."""
    Y_hat, Y = pair
    target = (_inner_products(Y) / Y.numel()).float()
    got = number(student.style_loss(Y_hat, target), what="style_loss")
    squares = (_inner_products(Y_hat) / Y.numel() - target).square()
    if difference(got, float(squares.mean())) is not None and student.has("gram"):
        squares = (_gram(student, Y_hat) - target).square()  # a fault of gram is not one of style_loss
    agree(got, float(squares.mean()), conventions={"the sum instead of the mean": float(squares.sum())})
    if not student.has("gram"):
        agree(got, number(reference.style_loss(Y_hat, target)))


@st.composite
def images(draw) -> Tensor:
    """(1, 3, H, W), at least 2×2"""
    return draw(bulk_tensor(1, 3, draw(small_ints(2, 3)), draw(small_ints(2, 4))))


def _steps(X: Tensor) -> tuple[list[float], list[float]]:
    """Absolute differences of vertical and of horizontal neighbours, written out."""
    down, right = [], []
    for channel in X[0].tolist():
        for i, row in enumerate(channel):
            for j, value in enumerate(row):
                if i + 1 < len(channel):
                    down.append(abs(channel[i + 1][j] - value))
                if j + 1 < len(row):
                    right.append(abs(row[j + 1] - value))
    return down, right


def _wrapped_variation(X: Tensor) -> float:
    """The known mistake: the last row and column are compared with the first."""
    return float(((X - X.roll(1, 2)).abs().mean() + (X - X.roll(1, 3)).abs().mean()) / 2)


def _tv(subject, X: Tensor) -> float:
    return number(subject.tv_loss(X), what="tv_loss")


@given(X=images())
def test_tv_values(student, reference, X):
    """tv_loss is half the sum of the mean absolute differences of vertical and of horizontal neighbours."""
    down, right = _steps(X)
    others = {
        "without the factor ½": _mean(down) + _mean(right),
        "sums instead of means": sum(down) + sum(right),
        "half the sums instead of half the means": (sum(down) + sum(right)) / 2,
    }
    wraps = {"`roll` wraps around: the last row and column have no neighbour.": _wrapped_variation(X)}
    got = _tv(student, X)
    agree(got, (_mean(down) + _mean(right)) / 2, conventions=others, hint=_symptom(got, wraps))
    agree(got, _tv(reference, X))


@given(X=images(), grey=st.integers(-2, 2), width=small_ints(2, 9))
def test_tv_of_plain_images(student, X, grey, width):
    """tv_loss is 0 for one colour and ½ for a ramp with steps of 1; turning or brightening an image changes nothing."""
    agree(_tv(student, torch.full((1, 3, 2, width), float(grey))), 0.0, what="tv_loss of one colour")
    ramp = torch.arange(float(width)).expand(1, 3, 2, width).contiguous()
    agree(_tv(student, ramp), 0.5, what="tv_loss of a ramp")
    plain = _tv(student, X)
    agree(_tv(student, X.mT.contiguous()), plain, what="tv_loss of the turned image")
    agree(_tv(student, X + grey), plain, what="tv_loss of the brighter image")


# -- 13.12.1: gradients


def _distinct(*shape: int, seed: int) -> Tensor:
    """float64 in 0..1, no two values closer than one step: absolute differences have no kink nearby."""
    count = math.prod(shape)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return (order.double() / count).reshape(shape)


def _losses_to_differentiate(seed: int) -> dict[str, tuple[Tensor, ...]]:
    """Name of each loss → its arguments; the first is, or belongs to, the generated image."""
    Y_hat = _distinct(1, 2, 1, 2, seed=seed)
    Y = _distinct(1, 2, 1, 2, seed=seed + 1) + 0.5 / Y_hat.numel()
    return {
        "content_loss": (Y_hat, Y),
        "style_loss": (Y_hat, _inner_products(Y) / Y.numel()),
        "tv_loss": (_distinct(1, 3, 2, 2, seed=seed),),
    }


def _gradients(student, name: str, *args: Tensor) -> list[Any]:
    return sequence(student.vjp(name, *args).inputs, len(args), what="the gradients")


@given(seed=st.integers(0, 99))
def test_losses_pass_gradients_on(student, seed):
    """The gradient of each loss reaches the generated image, and it is the loss's slope."""
    step = 1e-3
    for name, (Y_hat, *rest) in _losses_to_differentiate(seed).items():
        found = _gradients(student, name, Y_hat, *rest)[0]
        expect(isinstance(found, Tensor), f"{name}: no gradient flows to the generated image", got=found)
        gradient = tensor(found, shape=tuple(Y_hat.shape), what=f"the gradient of {name}").double()
        direction = _distinct(*Y_hat.shape, seed=seed + 2)
        ahead, behind = (
            number(getattr(student, name)(Y_hat + s * direction, *rest), what=name) for s in (step, -step)
        )
        # in float32 a difference of two losses has three digits left
        within = Tolerance(2e-2, 2e-3)
        slope = (ahead - behind) / (2 * step)
        agree(float((gradient * direction).sum()), slope, what=f"the slope of {name}", within=within)


@given(seed=st.integers(0, 99))
def test_targets_are_constants(student, seed):
    """content_loss and style_loss treat their targets as constants: no gradient flows into them."""
    for name, args in _losses_to_differentiate(seed).items():
        for found in _gradients(student, name, *args)[1:]:
            flows = isinstance(found, Tensor) and bool((tensor(found) != 0).any())
            expect(not flows, f"{name}: a gradient flows into the target, it is not detached", got=found)


def _expect_unchanged(student, name: str, *args: Any, **options: Any) -> None:
    value = getattr(student, name)(*args, **options)
    expect(value is not None, f"{name} returns nothing")
    expect(not student.changed, f"{name} changes {', '.join(student.changed)} in place")


@given(seed=st.integers(0, 99))
def test_losses_leave_their_inputs_alone(student, seed):
    """postprocess, gram and the losses do not change the tensors they are given."""
    X = _distinct(1, 3, 2, 2, seed=seed).float()
    for name, args in ({"postprocess": (X,), "gram": (X,)} | _losses_to_differentiate(seed)).items():
        _expect_unchanged(student, name, *args)


# -- 13.12.2


@st.composite
def loss_inputs(draw) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """X, contents_hat, styles_hat, contents, styles_gram"""
    X = draw(bulk_tensor(1, 3, 2, 2))
    contents = [draw(feature_pairs()) for _ in range(draw(small_ints(1, 2)))]
    styles = [draw(feature_pairs()) for _ in range(draw(small_ints(1, 2)))]
    grams = [(_inner_products(Y) / Y.numel()).float() for _, Y in styles]
    return X, [a for a, _ in contents], [a for a, _ in styles], [b for _, b in contents], grams


WEIGHTS = st.permutations([2.0, 0.5, 10.0]).map(tuple)  # all different, and none is 1
KINDS = ("content", "style", "tv")


def _raw_losses(subject, inputs) -> tuple[list[float], list[float], list[float]]:
    """The losses without weights, by the subject's own functions: of content, of style, total variation."""
    X, contents_hat, styles_hat, contents, grams = inputs
    pairs = (
        ("content_loss", zip(contents_hat, contents, strict=True)),
        ("style_loss", zip(styles_hat, grams, strict=True)),
    )
    content, style = (
        [number(getattr(subject, name)(*pair), what=name) for pair in found] for name, found in pairs
    )
    return content, style, [_tv(subject, X)]


def _weighted(raw: tuple[list[float], list[float], list[float]], weights) -> list[list[float]]:
    return [[w * value for value in values] for w, values in zip(weights, raw, strict=True)]


def _parts(student, inputs, weights) -> tuple[list[list[float]], float]:
    """The weighted losses of content, of style and of total variation, and the total."""
    value = student.compute_loss(*inputs, weights)
    *parts, total = sequence(value, 4, what="compute_loss (contents_l, styles_l, tv_l, l)")
    lists = []
    for name, found, wanted in zip(("contents_l", "styles_l"), parts, (inputs[1], inputs[2]), strict=False):
        found = list(found) if isinstance(found, Tensor) and found.ndim == 1 else found
        lists.append([number(v, what=f"a loss in {name}") for v in sequence(found, len(wanted), what=name)])
    return [*lists, [number(parts[2], what="tv_l")]], number(total, what="the total")


@given(inputs=loss_inputs(), weights=WEIGHTS)
def test_parts_are_weighted(student, reference, inputs, weights):
    """Each part is a loss times its weight: one for each content layer, one for each style layer, and the total variation."""
    got, _ = _parts(student, inputs, weights)
    raw = _raw_losses(reference, inputs)
    wanted = _weighted(raw, weights)
    own = [student.has(name) for name in ("content_loss", "style_loss", "tv_loss")]
    if difference(got, wanted) is not None and all(own):  # a fault of a loss is not one of compute_loss
        raw = _raw_losses(student, inputs)
        wanted = _weighted(raw, weights)
    mixed = any(difference(got, _weighted(raw, order)) is None for order in permutations(weights))
    hint = "The weights are (content, style, tv), in this order." if mixed else None
    bare = difference(got, list(raw)) is None
    for kind, part, expected, plain in zip(KINDS, got, wanted, raw, strict=True):
        conventions = {"the parts are without their weights": plain} if bare else None
        agree(part, expected, what=f"the {kind} part", conventions=conventions, hint=hint)


@given(inputs=loss_inputs(), weights=WEIGHTS, which=st.integers(0, 2))
def test_zero_weight_removes_a_part(student, inputs, weights, which):
    """A weight of 0 makes its part 0 and leaves the other parts as they are."""
    before, _ = _parts(student, inputs, weights)
    after, _ = _parts(student, inputs, (*weights[:which], 0.0, *weights[which + 1 :]))
    for kind, old, new in zip(KINDS, before, after, strict=True):
        wanted = [0.0] * len(old) if kind == KINDS[which] else old
        agree(new, wanted, what=f"the {kind} part when the {KINDS[which]} weight is 0")


@given(inputs=loss_inputs(), weights=WEIGHTS)
def test_total_is_the_sum_of_the_parts(student, reference, inputs, weights):
    """The total is the sum of all parts, each of them once."""
    parts, total = _parts(student, inputs, weights)
    known = sum(map(sum, _weighted(_raw_losses(reference, inputs), weights)))
    if difference(total, known) is None:
        return  # right, whatever the parts look like
    content, style, tv = map(sum, parts)
    again = "Multiply each loss, not the list: `10 * styles_l` repeats the list ten times."
    hint = _symptom(total, {again: content + 10 * style + tv})
    agree(total, content + style + tv, what="the total against the sum of its parts", hint=hint)


@given(inputs=loss_inputs(), a=WEIGHTS, b=WEIGHTS)
def test_total_is_linear_in_the_weights(student, inputs, a, b):
    """The total is linear in the weights: those of two settings added give the two totals added, all 0 give 0."""
    both = tuple(x + y for x, y in zip(a, b, strict=True))
    first, second, together, none = (_parts(student, inputs, w)[1] for w in (a, b, both, (0.0, 0.0, 0.0)))
    agree(none, 0.0, what="the total when all weights are 0")
    agree(together, first + second, what=f"the total for weights {both}")


def test_total_passes_gradients_on(student):
    """The gradient of the total reaches the image and each of its features."""
    X, hat, target = (_distinct(1, 3, 2, 2, seed=s).float() for s in (0, 1, 2))
    inputs = (
        X,
        [hat, hat + 1],
        [hat, hat + 2],
        [target, target],
        [torch.eye(3), torch.eye(3)],
        (1.0, 1.0, 1.0),
    )
    value = sequence(student.compute_loss(*inputs), 4, what="compute_loss (contents_l, styles_l, tv_l, l)")
    advice = "Add up the tensors themselves: `item()` and `float()` cut the result off from the image."
    total = value[3]
    expect(
        isinstance(total, Tensor),
        f"the total is {kind_of(total)}, wanted a torch.Tensor",
        got=total,
        hint=advice,
    )
    others = _inner_tensors(value[:3])
    cotangent = [*(torch.zeros_like(t) for t in others), torch.ones_like(total)]
    found = sequence(
        student.vjp("compute_loss", *inputs, cotangent=cotangent).inputs, 9, what="the gradients"
    )
    names = ("the image X", *["a content feature"] * 2, *["a style feature"] * 2)
    for name, gradient in zip(names, found, strict=False):
        reaches = isinstance(gradient, Tensor) and bool((tensor(gradient) != 0).any())
        expect(reaches, f"no gradient flows from the total to {name}", got=gradient, hint=advice)


@given(inputs=loss_inputs())
def test_compute_loss_leaves_its_inputs_alone(student, inputs):
    """compute_loss does not change the image, the features or the lists it is given."""
    _expect_unchanged(student, "compute_loss", *inputs, (1.0, 2.0, 3.0))


# -- 13.12.3

LAYERS = {"content_layers": [5], "style_layers": [0, 2, 5]}
WEIGHTED = (1.0, 30.0, 0.1)
HEIGHT, WIDTH = 20, 28


def _content() -> Tensor:
    """(3, 20, 28): ramps and a disc"""
    y, x = torch.meshgrid(torch.linspace(0, 1, HEIGHT), torch.linspace(0, 1, WIDTH), indexing="ij")
    return torch.stack((x, y, ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.09).float()))


def _style() -> Tensor:
    """(3, 24, 16): orange stripes"""
    x = torch.linspace(0, 30, 16).expand(24, 16) + torch.linspace(0, 8, 24)[:, None]
    stripes = (x.sin() + 1) / 2
    return torch.stack((stripes * 0.9, stripes.flip(1) * 0.4, torch.full_like(x, 0.2)))


def _style_resized() -> Tensor:
    return F.interpolate(_style()[None], (HEIGHT, WIDTH), mode="bilinear")[0]


def _stylised(student, **options: Any) -> Tensor:
    """(3, 20, 28): what the student's stylise makes of the two pictures."""
    chosen = LAYERS | {"weights": WEIGHTED, "steps": 60, "lr": 0.05} | options
    value = student.stylise(_content(), _style(), student.support.texture_net(), **chosen)
    meaning = "channels, height and width of the content image"
    return tensor(value, shape=(3, HEIGHT, WIDTH), what="the stylised image", meaning=meaning).float()


def _joint_loss(reference, image: Tensor, weights: tuple[float, float, float] = WEIGHTED) -> float:
    """The weighted total loss of an image, by the reference."""
    net = reference.support.texture_net()
    X = _normalised(image.clamp(0, 1))
    seen = (
        reference.extract_features(x, net, *LAYERS.values()) for x in map(_normalised, (_content(), _style()))
    )
    (contents, _), (_, styles) = seen
    hats = reference.extract_features(X, net, *LAYERS.values())
    grams = [reference.gram(Y) for Y in styles]
    return number(reference.compute_loss(X, *hats, contents, grams, weights)[3])


def test_stylised_image_has_the_content_size(student):
    """The stylised image has the size of the content image and values in 0..1."""
    got = _stylised(student, steps=10, lr=0.3)
    low, high = float(got.min()), float(got.max())
    message = f"the values reach from {low:.3g} to {high:.3g}, wanted them clamped to 0..1"
    expect(low >= -1e-5 and high <= 1 + 1e-5, message)


def test_stylised_image_is_new(student):
    """The stylised image is neither the content image nor the style image."""
    got = _stylised(student)
    for name, other in (("content", _content()), ("style", _style_resized())):
        gap = float((got - other).abs().mean())
        expect(gap > 0.01, f"the result is the {name} image (mean difference {gap:.2g})", got=got)


def test_stylised_image_beats_its_sources(student, reference):
    """The joint loss of the stylised image is well below that of the content image and of the style image."""
    got = _joint_loss(reference, _stylised(student))
    for name, other in (("content", _content()), ("style", _style_resized())):
        limit = 0.45 * _joint_loss(reference, other)
        message = (
            f"the joint loss is {got:.3g}, wanted at most {limit:.3g}: 0.45 times that of the {name} image"
        )
        expect(got <= limit, message)


def test_stylise_uses_its_weights(student, reference):
    """Of two results for different weights, each is the better one by its own weights."""
    settings = {
        "content": (10.0, 10.0, 0.1),
        "style": (0.1, 100.0, 0.1),
        "total variation": (0.1, 10.0, 10.0),
    }
    results = {name: _stylised(student, weights=weights) for name, weights in settings.items()}
    for name, weights in settings.items():
        own = _joint_loss(reference, results[name], weights)
        for other, image in results.items():
            rival = _joint_loss(reference, image, weights)
            message = (
                f"with a large {name} weight, {weights}, the joint loss is {own:.3g}; "
                f"the result for a large {other} weight has {rival:.3g} by the same weights"
            )
            expect(other == name or own < rival, message)


def test_stylise_follows_its_settings(student):
    """A single step, or a hundredth of the learning rate, leaves the image closer to the content image."""
    far, near, slow = (
        float((_stylised(student, **options) - _content()).abs().mean())
        for options in ({}, {"steps": 1}, {"lr": 0.0005})
    )
    expect(near > 1e-6, f"1 step moves the pixels by {near:.3g}: the image does not change")
    expect(near < far, f"1 step moves the pixels by {near:.3g}, 60 steps by {far:.3g}")
    expect(slow < far, f"lr=0.0005 moves the pixels by {slow:.3g}, lr=0.05 by {far:.3g}")


def test_stylise_is_repeated_by_its_seed(student):
    """The same seed gives the same image again."""
    first, again = _stylised(student, steps=5), _stylised(student, steps=5)
    agree(again, first, what="a second run with the same seed", within=Tolerance(0, 1e-3))


def test_stylise_leaves_its_inputs_alone(student):
    """stylise changes neither the two images nor the parameters of the net."""
    net = student.support.texture_net()
    before = net.state().parameters
    options = LAYERS | {"weights": WEIGHTED, "steps": 3, "lr": 0.05}
    _expect_unchanged(student, "stylise", _content(), _style(), net, **options)
    after = net.state().parameters
    moved = [n for n, p in before.items() if n not in after or not torch.equal(p, after[n])]
    expect(
        not moved,
        f"stylise changes the parameters of the net ({', '.join(moved[:2])}): only the image is optimised",
    )
