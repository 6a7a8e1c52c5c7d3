"""Graded properties of 13.12."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from strategies import coordinates, grid_tensor, small_ints
from torch import Tensor

from grader.checks import agree, expect, fail, number, sequence, tensor
from grader.compare import Tolerance, kind_of

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)


# -- 13.12.1: pictures in and out


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
def test_preprocess_normalises(student, pixels):
    """preprocess gives (pixel/255 − mean)/std for every channel, as a batch of one image."""
    _, height, width = pixels.shape
    got = tensor(student.preprocess(_picture(pixels), (height, width)), shape=(1, 3, height, width))
    agree(
        got,
        _normalised(pixels.float() / 255),
        conventions={"0..1 without mean and std": pixels[None].float() / 255},
    )


def test_preprocess_resizes(student):
    """preprocess resizes the picture to image_shape, which is (height, width)."""
    pixels = torch.full((3, 12, 20), 200, dtype=torch.uint8)
    pixels[:, :, :10] = 40
    got = tensor(
        student.preprocess(_picture(pixels), (6, 8)),
        shape=(1, 3, 6, 8),
        meaning="batch, channels, rows, columns",
    )
    wanted = _normalised(torch.tensor([40.0, 200.0]).expand(3, 6, 2) / 255)
    near = Tolerance(0, 0.02)  # resizing may round to whole pixel values
    agree(got[:, :, :, [0, 7]].float(), wanted, what="the left and the right edge", within=near)


def _pixels(value, height: int, width: int) -> Tensor:
    """A picture as (3, height, width) in 0..1: PIL, or a tensor or array that means the same."""
    if isinstance(value, Image.Image):
        expect(
            value.size == (width, height),
            f"the picture is {value.size}, wanted {(width, height)} (width, height)",
        )
        data = torch.frombuffer(bytearray(value.convert("RGB").tobytes()), dtype=torch.uint8)
        return data.reshape(height, width, 3).permute(2, 0, 1).double() / 255
    if isinstance(value, np.ndarray) and value.shape == (height, width, 3):
        value = torch.from_numpy(np.ascontiguousarray(value)).permute(2, 0, 1)
    expect(isinstance(value, Tensor), f"postprocess returned {kind_of(value)}, wanted a PIL image", got=value)
    value = tensor(value.squeeze(0) if value.ndim == 4 else value, shape=(3, height, width), dtype=None)
    return value.double() if value.dtype.is_floating_point else value.double() / 255


ONE_STEP = Tolerance(0, 1.1 / 255)  # a picture has whole values: rounding or cutting off are both fine


@given(pixels=pictures())
def test_postprocess_inverts_preprocess(student, pixels):
    """postprocess gives back the picture that preprocess was given."""
    _, height, width = pixels.shape
    got = _pixels(student.postprocess(_normalised(pixels.float() / 255)), height, width)
    agree(got, pixels.double() / 255, within=ONE_STEP)


def test_postprocess_clamps(student):
    """postprocess clamps what leaves 0..1: too bright stays white, too dark stays black."""
    values = torch.tensor([-0.4, 0.0, 1.0, 1.3]).expand(3, 2, 4)
    got = _pixels(student.postprocess(_normalised(values)), 2, 4)
    agree(got, values.clamp(0, 1).double(), within=ONE_STEP)


# -- 13.12.1: features


@st.composite
def layer_choices(draw) -> tuple[list[int], list[int]]:
    """Ascending content and style layers of a net of 6 layers."""
    indices = st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True).map(sorted)
    return draw(indices), draw(indices)


def _features(
    student, net, X: Tensor, contents: list[int], styles: list[int]
) -> tuple[list[Tensor], list[Tensor]]:
    pair = sequence(
        student.extract_features(X, net, contents, styles), 2, what="extract_features (contents, styles)"
    )
    both = []
    for name, value, layers in zip(("contents", "styles"), pair, (contents, styles), strict=True):
        parts = sequence(value, len(layers), what=name)
        both.append([tensor(p, shape=tuple(X.shape), what=f"a feature of {name}") for p in parts])
    return both[0], both[1]


@given(layers=layer_choices())
def test_features_are_the_right_layers(student, layers):
    """extract_features gives the outputs of the content layers and of the style layers, in order."""
    X = torch.tensor([[[[0.0, 1.0, -2.0]]]])
    outputs, value = [], X
    for i in range(6):  # the layers of support.noted_layers
        value = value * 2 + (i + 1)
        outputs.append(value)
    got = _features(student, student.support.noted_layers(6), X, *layers)
    for name, features, wanted in zip(("content", "style"), got, layers, strict=True):
        for index, feature in zip(wanted, features, strict=True):
            agree(feature, outputs[index], what=f"the feature of {name} layer {index}")


def test_features_take_one_pass(student):
    """All features come from one pass: no layer runs more than once."""
    net = student.support.noted_layers(6)
    _features(student, net, torch.ones(1, 1, 2, 2), [1, 4], [0, 2, 4])
    runs = [int(number(n)) for n in sequence(student.support.runs(net), 6)]
    expect(max(runs) <= 1, f"a layer ran {max(runs)} times, wanted one pass for all features", got=runs)


def test_features_record_gradients(student):
    """The features are computed with gradients, which flow back to the generated image."""
    net = student.support.noted_layers(3)
    _features(student, net, torch.ones(1, 1, 2, 2), [1], [0, 2])
    recorded = sequence(student.support.recorded(net), 3)
    expect(
        all(r is True for r in recorded),
        "gradients are switched off, so the image could not be improved",
        got=recorded,
    )


# -- 13.12.1: losses


@st.composite
def features(draw) -> Tensor:
    """(1, c, h, w)"""
    return draw(grid_tensor(1, draw(small_ints(1, 3)), draw(small_ints(1, 3)), draw(small_ints(1, 3))))


@st.composite
def feature_pairs(draw) -> tuple[Tensor, Tensor]:
    shape = (1, draw(small_ints(1, 3)), draw(small_ints(1, 2)), draw(small_ints(1, 3)))
    return draw(grid_tensor(*shape)), draw(grid_tensor(*shape))


@given(pair=feature_pairs())
def test_content_loss_is_the_mean_square(student, pair):
    """content_loss is the mean of the squared differences."""
    got = number(student.content_loss(*pair), what="content_loss")
    a, b = (t.double() for t in pair)
    squares = [(x - y) ** 2 for x, y in zip(a.flatten().tolist(), b.flatten().tolist(), strict=True)]
    agree(got, sum(squares) / len(squares), conventions={"sum instead of mean": float(sum(squares))})


@given(pair=feature_pairs())
def test_content_loss_pulls_towards_the_content(student, pair):
    """The gradient of content_loss with respect to the generated feature is 2·(Y_hat − Y)/N."""
    Y_hat, Y = pair
    agree(_gradient(student, "content_loss", Y_hat, Y), 2 * (Y_hat - Y) / Y.numel(), what="the gradient")


def _gradient(student, name: str, *args: Tensor) -> Tensor:
    """The gradient with respect to the first argument."""
    found = sequence(student.vjp(name, *args).inputs, len(args), what="the gradients")[0]
    expect(
        isinstance(found, Tensor), f"{name} is not differentiable: no gradient reaches the generated image"
    )
    return tensor(found, shape=tuple(args[0].shape), what=f"the gradient of {name}")


def _gram(X: Tensor) -> list[list[float]]:
    """Sums of products over the pixels, written out."""
    channels = [c.flatten().tolist() for c in X[0].double()]
    return [[sum(p * q for p, q in zip(a, b, strict=True)) for b in channels] for a in channels]


@given(X=features())
def test_gram_values(student, X):
    """gram is the inner product of every pair of channels over the pixels, divided by c·n."""
    c, n = X.shape[1], X[0, 0].numel()
    got = tensor(student.gram(X), shape=(c, c), meaning="one row and one column for each channel")
    raw = torch.tensor(_gram(X), dtype=torch.float64)
    others = {
        "not divided by c·n": raw,
        "divided by the pixels only": raw / n,
        "divided by the channels only": raw / c,
    }
    agree(got, raw / (c * n), conventions=others)


@given(X=features())
def test_gram_is_symmetric_and_positive(student, X):
    """gram is symmetric and positive semi-definite, and four times as large for a feature twice as large."""
    c = X.shape[1]
    got = tensor(student.gram(X), shape=(c, c)).double()
    agree(got, got.T, what="gram against its transpose")
    lowest = float(torch.linalg.eigvalsh((got + got.T) / 2).min())
    expect(
        lowest >= -1e-4 * (1 + float(got.abs().max())),
        f"gram has the negative eigenvalue {lowest:.3g}",
        got=got,
    )
    agree(tensor(student.gram(2 * X), shape=(c, c)).double(), 4 * got, what="gram of the doubled feature")


@given(X=features(), order=st.randoms(use_true_random=False))
def test_gram_forgets_where_pixels_are(student, X, order):
    """gram stays the same when the pixels are permuted: it keeps the style and forgets the place."""
    c, n = X.shape[1], X[0, 0].numel()
    places = list(range(n))
    order.shuffle(places)
    moved = X.reshape(1, c, n)[:, :, places].reshape(X.shape)
    agree(tensor(student.gram(moved), shape=(c, c)), tensor(student.gram(X), shape=(c, c)).double())


@given(pair=feature_pairs())
def test_style_loss_compares_gram_matrices(student, pair):
    """style_loss is the mean of the squared differences between gram(Y_hat) and the given Gram matrix."""
    Y_hat, Y = pair
    c, n = Y.shape[1], Y[0, 0].numel()
    raw, target = (torch.tensor(_gram(t), dtype=torch.float64) for t in pair)
    target = (target / (c * n)).float()
    got = number(student.style_loss(Y_hat, target), what="style_loss")
    square = (raw / (c * n) - target).square()
    others = {
        "not divided by c·n": float((raw - target).square().mean()),
        "sum instead of mean": float(square.sum()),
    }
    agree(got, float(square.mean()), conventions=others)


@given(pair=feature_pairs())
def test_style_loss_has_its_gradient(student, reference, pair):
    """The gradient of style_loss reaches the generated feature."""
    Y_hat, Y = pair
    target = reference.gram(Y)
    agree(
        _gradient(student, "style_loss", Y_hat, target), reference.vjp("style_loss", Y_hat, target).inputs[0]
    )


def test_targets_are_constants(student):
    """content_loss and style_loss treat their targets as constants: no gradient flows into them."""
    Y_hat = torch.tensor([[[[1.0, 2.0]], [[0.5, -1.0]]]])
    for name, target in (("content_loss", torch.zeros(1, 2, 1, 2)), ("style_loss", torch.eye(2))):
        found = sequence(student.vjp(name, Y_hat, target).inputs, 2, what="the gradients")[1]
        flows = isinstance(found, Tensor) and bool((tensor(found) != 0).any())
        expect(not flows, f"{name} sends a gradient into its target, wanted it detached", got=found)


@st.composite
def images(draw) -> Tensor:
    """(1, 3, H, W), at least 2×2"""
    return draw(grid_tensor(1, 3, draw(small_ints(2, 3)), draw(small_ints(2, 4))))


def _variation(X: Tensor) -> tuple[list[float], list[float]]:
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


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


@given(X=images())
def test_tv_values(student, X):
    """tv_loss is half the sum of the mean absolute differences of vertical and of horizontal neighbours."""
    got = number(student.tv_loss(X), what="tv_loss")
    down, right = _variation(X)
    others = {
        "without the factor ½": _mean(down) + _mean(right),
        "sums instead of means": sum(down) + sum(right),
    }
    agree(got, (_mean(down) + _mean(right)) / 2, conventions=others)


@given(value=coordinates(-2, 2), ramp=st.booleans())
def test_tv_of_constants_and_ramps(student, value, ramp):
    """tv_loss is 0 for a constant image, and a ramp has no jump from its last column to its first."""
    X = torch.full((1, 3, 3, 5), value)
    if ramp:
        X = X + torch.arange(5.0)
    got, turned = (number(student.tv_loss(t), what="tv_loss") for t in (X, X.transpose(2, 3).contiguous()))
    if not ramp:
        expect(abs(got) < 1e-6, f"tv_loss of a constant image is {got:.3g}, wanted 0")
        return
    double = number(student.tv_loss(X + torch.arange(5.0)), what="tv_loss")
    expect(abs(double - 2 * got) < 1e-4 * (1 + got), "tv_loss of a ramp twice as steep is not twice as large")
    expect(
        abs(turned - got) < 1e-4 * (1 + got),
        f"tv_loss changes from {got:.4g} to {turned:.4g} when the image is turned",
    )
    wide = number(student.tv_loss(value + torch.arange(9.0).expand(1, 3, 3, 9)), what="tv_loss")
    expect(
        abs(wide - got) < 1e-4 or abs(wide - 2 * got) < 1e-4,
        f"tv_loss of a wider ramp is {wide:.4g} instead of {got:.4g}: the last column is compared with the first",
        hint="`roll` wraps around; slices such as X[..., 1:] and X[..., :-1] do not.",
    )


def test_tv_has_its_gradient(student):
    """tv_loss can be differentiated: its gradient smooths a single bright pixel."""
    X = torch.zeros(1, 3, 3, 3)
    X[0, 0, 1, 1] = 1.0
    found = _gradient(student, "tv_loss", X)
    expect(
        float(found[0, 0, 1, 1]) > 0 > float(found[0, 0, 0, 1]),
        "the gradient does not smooth the pixel",
        got=found,
    )


@given(pair=feature_pairs())
def test_losses_leave_their_inputs_alone(student, reference, pair):
    """The losses do not change the features and images they are given."""
    Y_hat, Y = pair
    calls = {
        "content_loss": pair,
        "gram": (Y,),
        "style_loss": (Y_hat, reference.gram(Y)),
        "tv_loss": (torch.ones(1, 3, 2, 2),),
    }
    for name, args in calls.items():
        getattr(student, name)(*args)
        expect(not student.changed, f"{name} changed {', '.join(student.changed)} in place")


# -- 13.12.2


@st.composite
def loss_inputs(draw) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
    """X, contents_hat, styles_hat, contents, styles_gram"""
    X = draw(grid_tensor(1, 3, 2, 2))
    contents = [draw(feature_pairs()) for _ in range(draw(small_ints(1, 2)))]
    styles = [draw(feature_pairs()) for _ in range(draw(small_ints(1, 2)))]
    grams = [torch.tensor(_gram(Y)) / Y.numel() for _, Y in styles]
    return X, [a for a, _ in contents], [a for a, _ in styles], [b for _, b in contents], grams


WEIGHTS = st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0])] * 3)


def _parts(inputs) -> tuple[list[float], list[float], float]:
    """The unweighted losses, written out."""
    X, contents_hat, styles_hat, contents, grams = inputs
    content = [
        float((a.double() - b.double()).square().mean()) for a, b in zip(contents_hat, contents, strict=True)
    ]
    style = [
        float((torch.tensor(_gram(a), dtype=torch.float64) / a.numel() - g).square().mean())
        for a, g in zip(styles_hat, grams, strict=True)
    ]
    down, right = _variation(X)
    return content, style, (_mean(down) + _mean(right)) / 2


def _losses(student, inputs, weights) -> tuple[list[float], list[float], float, float]:
    found = sequence(
        student.compute_loss(*inputs, weights), 4, what="compute_loss (contents_l, styles_l, tv_l, l)"
    )
    lists = []
    for name, value, wanted in zip(
        ("contents_l", "styles_l"), found[:2], (inputs[1], inputs[2]), strict=True
    ):
        values = list(value) if isinstance(value, Tensor) and value.ndim == 1 else value
        lists.append([number(v, what=f"a loss in {name}") for v in sequence(values, len(wanted), what=name)])
    return lists[0], lists[1], number(found[2], what="tv_l"), number(found[3], what="the total")


def _total(student, inputs, weights) -> float:
    found = sequence(
        student.compute_loss(*inputs, weights), 4, what="compute_loss (contents_l, styles_l, tv_l, l)"
    )
    return number(found[3], what="the total")


@given(inputs=loss_inputs(), weights=WEIGHTS)
def test_total_is_the_weighted_sum(student, inputs, weights):
    """The total is content weight · content losses + style weight · style losses + tv weight · total variation."""
    content, style, tv = _parts(inputs)
    wanted = weights[0] * sum(content) + weights[1] * sum(style) + weights[2] * tv
    swapped = weights[1] * sum(content) + weights[0] * sum(style) + weights[2] * tv
    got = _total(student, inputs, weights)
    close = abs(got - swapped) <= 1e-4 * (1 + abs(swapped))
    note = (
        "the content and the style weight look swapped: weights are (content, style, tv)" if close else None
    )
    agree(got, float(wanted), what="the total", hint=note)


@given(inputs=loss_inputs(), weights=WEIGHTS, which=st.integers(0, 2))
def test_total_is_linear_in_each_weight(student, inputs, weights, which):
    """The total grows in proportion to each weight, and a weight of 0 removes its part."""
    name = ("content", "style", "tv")[which]
    zero, one, three = (
        _total(student, inputs, (*weights[:which], w, *weights[which + 1 :])) for w in (0.0, 1.0, 3.0)
    )
    slack = 1e-4 * (1 + abs(three))
    expect(abs((three - zero) - 3 * (one - zero)) <= slack, f"the total is not linear in the {name} weight")
    content, style, tv = _parts(inputs)
    part = (sum(content), sum(style), tv)[which]
    expect(
        abs(one - zero - part) <= slack,
        f"the {name} weight multiplies {one - zero:.4g}, wanted the {name} loss {part:.4g}",
    )


@given(inputs=loss_inputs(), weights=WEIGHTS)
def test_parts_are_weighted(student, inputs, weights):
    """Each part, one loss for every layer and the total variation, is already weighted, and the parts add up to the total."""
    contents_l, styles_l, tv_l, total = _losses(student, inputs, weights)
    content, style, tv = _parts(inputs)
    raw = [*content, *style, tv]
    factors = [weights[0]] * len(content) + [weights[1]] * len(style) + [weights[2]]
    wanted = [float(f * r) for f, r in zip(factors, raw, strict=True)]
    got = [*contents_l, *styles_l, tv_l]
    agree(got, wanted, what="the parts", conventions={"parts without their weights": raw})
    expect(
        abs(sum(got) - total) <= 1e-4 * (1 + abs(total)),
        f"the parts add up to {sum(got):.4g}, the total is {total:.4g}",
    )


def test_total_can_be_differentiated(student):
    """The gradient of the total reaches the generated image."""
    X = torch.tensor([[[[0.0, 1.0], [0.5, 0.0]]] * 3])
    feature, gram = torch.ones(1, 2, 1, 2), torch.eye(2)
    found = sequence(
        student.vjp("compute_loss", X, [feature], [feature], [feature], [gram], (1.0, 1.0, 10.0)).inputs,
        what="the gradients",
    )
    expect(
        bool(found) and isinstance(found[0], Tensor), "no gradient of the total reaches the image", got=found
    )
    expect(
        bool((tensor(found[0], shape=tuple(X.shape)) != 0).any()),
        "the gradient of the total is zero everywhere",
    )


@given(inputs=loss_inputs())
def test_compute_loss_leaves_its_inputs_alone(student, inputs):
    """compute_loss does not change the image, the features or the lists it is given."""
    student.compute_loss(*inputs, (1.0, 2.0, 3.0))
    expect(not student.changed, f"compute_loss changed {', '.join(student.changed)} in place")


# -- 13.12.3

CONTENT_LAYERS, STYLE_LAYERS = [6], [1, 3, 6, 8]
BALANCE = (1.0, 100.0, 0.1)
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


def _stylised(student, weights=BALANCE, **options) -> Tensor:
    """(3, 20, 28), double, with a fresh net"""
    chosen = {"steps": 30, "lr": 0.05} | options
    value = student.stylise(
        _content(), _style(), student.support.random_features(),
        content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, weights=weights, **chosen,
    )  # fmt: skip
    meaning = "channels, rows and columns of the content image"
    return tensor(value, shape=(3, HEIGHT, WIDTH), what="the stylised image", meaning=meaning).double()


def _joint(reference, image: Tensor, weights=BALANCE) -> tuple[float, float]:
    """The content loss and the weighted total of an image, computed by the reference."""
    net = reference.support.random_features()

    def seen(pixels: Tensor):
        return reference.extract_features(_normalised(pixels), net, CONTENT_LAYERS, STYLE_LAYERS)

    image = image.float()
    (contents_hat, styles_hat), (contents, _), (_, styles) = seen(image), seen(_content()), seen(_style())
    grams = [reference.gram(s) for s in styles]
    found = reference.compute_loss(_normalised(image), contents_hat, styles_hat, contents, grams, weights)
    return float(reference.content_loss(contents_hat[0], contents[0])), float(found[3])


def test_stylised_image_has_the_content_size(student):
    """The stylised image has the size of the content image and values in 0..1, from either start."""
    for start in ("content", "noise"):
        got = _stylised(student, start=start, steps=10, lr=0.3)
        low, high = float(got.min()), float(got.max())
        expect(
            low >= -1e-5 and high <= 1 + 1e-5,
            f"the values reach from {low:.3g} to {high:.3g}, wanted them clamped to 0..1",
        )


def test_stylised_image_is_new(student):
    """The stylised image is neither the content image nor the style image."""
    got = _stylised(student)
    gap = float((got - _content()).abs().mean())
    expect(
        gap > 0.01,
        f"the result is the content image (mean difference {gap:.2g}): nothing was optimised",
        got=got,
    )
    style = torch.nn.functional.interpolate(_style()[None], (HEIGHT, WIDTH))[0]
    expect(float((got - style).abs().mean()) > 0.01, "the result is the style image", got=got)


def test_stylised_image_beats_its_starts(student, reference):
    """Its weighted total loss is well below that of the content image and that of random noise."""
    got = _joint(reference, _stylised(student).clamp(0, 1))[1]
    noise = torch.rand(3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    for name, start in (("the content image", _content()), ("random noise", noise)):
        other = _joint(reference, start)[1]
        expect(
            got < 0.6 * other,
            f"the total loss of the result is {got:.3g}, that of {name} {other:.3g}; wanted it at most 0.6 times that",
        )


def test_stylise_uses_its_weights(student, reference):
    """A larger content weight leaves the image closer to the content, and a larger tv weight makes it smoother."""

    def content_loss(weights) -> float:
        return _joint(reference, _stylised(student, weights, start="noise", lr=0.1).clamp(0, 1))[0]

    loose, close = content_loss((0.1, 100.0, 0.1)), content_loss((100.0, 100.0, 0.1))
    expect(
        close < loose,
        f"the content loss is {close:.3g} with a large and {loose:.3g} with a small content weight",
    )
    rough, smooth = (
        _roughness(_stylised(student, (1.0, 100.0, w), start="noise", lr=0.1)) for w in (0.0, 100.0)
    )
    expect(
        smooth < rough, f"the total variation is {smooth:.3g} with a large and {rough:.3g} with no tv weight"
    )


def _roughness(image: Tensor) -> float:
    down, right = _variation(image[None])
    return (_mean(down) + _mean(right)) / 2


def test_stylise_without_steps_gives_the_start(student):
    """With 0 steps, or with learning rate 0, the result is the image it starts from: the content image."""
    for options in ({"steps": 0}, {"lr": 0.0, "steps": 3}):
        got = _stylised(student, **options)
        agree(got, _content().double(), within=Tolerance(0, 1e-3), what=f"the result with {options}")


def test_stylise_is_repeated_by_its_seed(student):
    """The same arguments give the same image again; from noise, another seed gives another image."""
    options = {"start": "noise", "steps": 3}
    first, again = _stylised(student, seed=5, **options), _stylised(student.at_seed(1), seed=5, **options)
    expect(bool((first - again).abs().max() < 1e-4), "the same seed gave two different images")
    other = _stylised(student, seed=6, **options)
    expect(
        bool((first - other).abs().max() > 1e-3),
        "another seed gave the same image from noise: the seed is not used",
    )
    plain, repeated = _stylised(student, steps=3), _stylised(student.at_seed(1), steps=3)
    expect(
        bool((plain - repeated).abs().max() < 1e-4), "two runs from the content image gave different images"
    )


def test_stylise_leaves_its_inputs_alone(student):
    """stylise changes neither the two images nor the net."""
    net = student.support.random_features()
    before = net.state().parameters
    layers = {"content_layers": CONTENT_LAYERS, "style_layers": STYLE_LAYERS}
    student.stylise(_content(), _style(), net, **layers, weights=BALANCE, steps=3, lr=0.05)
    expect(not student.changed, f"stylise changed {', '.join(student.changed)} in place")
    after = net.state().parameters
    moved = [
        n for n, p in before.items() if not isinstance(after.get(n), Tensor) or not torch.equal(p, after[n])
    ]
    if moved:
        fail(f"stylise changed the net ({moved[0]}): only the image is optimised")
