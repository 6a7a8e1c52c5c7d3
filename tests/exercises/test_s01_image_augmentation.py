"""Graded properties of 13.1."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from grader.checks import agree, expect, fail, mapping, number, sequence, tensor
from grader.compare import kind_of
from grader.subject import StudentObject


def _picture(pixels: Tensor) -> Image.Image:
    """uint8 (3, h, w) → RGB PIL image"""
    return Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())


def _noise(height: int, width: int, low: int = 0, high: int = 256) -> Tensor:
    """uint8 (3, h, w), the same in every run"""
    return torch.randint(
        low, high, (3, height, width), generator=torch.Generator().manual_seed(1301), dtype=torch.uint8
    )


def _plain(colour: tuple[int, int, int], height: int, width: int) -> Tensor:
    return torch.tensor(colour, dtype=torch.uint8).reshape(3, 1, 1).expand(3, height, width)


def _transform(value, what: str) -> StudentObject:
    expect(
        isinstance(value, StudentObject) and value.callable,
        f"{what} returned {kind_of(value)}, wanted a callable that takes one image",
        got=value,
    )
    return value


def _draws(student, aug: StudentObject, pixels: Tensor, count: int) -> Tensor:
    """`count` draws from `aug` for an image: float64 (count, 3, h, w)"""
    found = sequence(student.support.draws(aug, _picture(pixels), count), count, what="the draws")
    shape = tuple(pixels.shape)
    return torch.stack([tensor(d, shape=shape, what="an augmented image").double() for d in found])


@st.composite
def images(draw) -> Tensor:
    """uint8 (3, h, w) of at most 3×3 pixels"""
    height, width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    values = draw(st.binary(min_size=3 * height * width, max_size=3 * height * width))
    return torch.tensor(list(values), dtype=torch.uint8).reshape(3, height, width)


# -- 13.1.1: the two augmentations


@given(pixels=images())
def test_no_aug_is_exact(student, pixels):
    """no_aug() turns an image into a float tensor (3, H, W) of the pixel values divided by 255."""
    aug = _transform(student.no_aug(), "no_aug()")
    got = tensor(aug(_picture(pixels)), shape=tuple(pixels.shape), meaning="channels, rows, columns")
    if bool(pixels.any()) and _near(got.double(), pixels.double()):
        fail("the values are still 0..255: divide the pixel values by 255", got=got, wanted=pixels / 255)
    agree(got, pixels.double() / 255)


def test_no_aug_is_deterministic(student):
    """no_aug() gives the same tensor every time: test images are not augmented."""
    aug = _transform(student.no_aug(), "no_aug()")
    got = _draws(student, aug, _noise(3, 4), 40)
    expect(
        bool((got == got[0]).all()),
        "two passes over an image differ: something random is left in no_aug, such as a flip at test time",
        got=got[got.ne(got[0]).flatten(1).any(1).int().argmax()],
        wanted=got[0],
    )


@given(pixels=images())
def test_flip_gives_image_or_mirror(student, pixels):
    """flip_aug() returns the image or its mirror image, left and right exchanged, and nothing else."""
    aug = _transform(student.flip_aug(), "flip_aug()")
    plain = pixels.double() / 255
    for got in _draws(student, aug, pixels, 6):
        if _near(got, plain) or _near(got, plain.flip(2)):
            continue
        if _near(got, plain.flip(1)) or _near(got, plain.flip(1, 2)):
            fail("the image is upside down, wanted left and right exchanged", got=got, wanted=plain.flip(2))
        agree(got, plain.flip(2), what="neither the image nor its mirror image")


def _near(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() < 1e-4)


def test_flip_happens_half_the_time(student):
    """Of 1000 draws of flip_aug() about half are mirrored."""
    aug = _transform(student.flip_aug(), "flip_aug()")
    pixels = _noise(2, 3)
    got = _draws(student, aug, pixels, 1000)
    mirrored = sum(_near(d, pixels.double().flip(2) / 255) for d in got)
    # 5.4 standard deviations: a fair coin leaves these bounds once in ten million runs
    expect(415 <= mirrored <= 585, f"{mirrored} of 1000 draws are mirrored, wanted about half of them")


def test_augmentations_take_tensors(student):
    """Bonus: no_aug() and flip_aug() also accept a uint8 tensor (3, H, W)."""
    pixels = _noise(3, 5)
    plain = pixels.double() / 255
    agree(tensor(_transform(student.no_aug(), "no_aug()")(pixels), shape=(3, 3, 5)), plain)
    got = tensor(_transform(student.flip_aug(), "flip_aug()")(pixels), shape=(3, 3, 5)).double()
    expect(
        _near(got, plain) or _near(got, plain.flip(2)),
        "neither the image nor its mirror image",
        got=got,
        wanted=plain,
    )


def test_augmentations_leave_the_image_alone(student):
    """The augmentations do not change the image they are given."""
    for name in ("no_aug", "flip_aug"):
        aug = _transform(getattr(student, name)(), f"{name}()")
        before, after = sequence(student.support.before_and_after(aug, _picture(_noise(3, 4))), 2)
        agree(after, before, what=f"the image after {name}")


# -- 13.1.1: training


def _two_colours(count: int, seed: int) -> tuple[Tensor, list[int]]:
    """Reddish (label 0) and bluish (label 1) noise: uint8 (count, 3, 6, 6), labels in random order."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(count)[torch.randperm(count, generator=random)] % 2
    pixels = torch.randint(0, 60, (count, 3, 6, 6), generator=random)
    pixels[:, 0] += 150 * (1 - labels)[:, None, None]
    pixels[:, 2] += 150 * labels[:, None, None]
    return pixels.to(torch.uint8), labels.tolist()


def _train(student, train_set, augment, net, *, epochs=2, batch_size=4, lr=0.03):
    names = student.parameters("train_with_data_aug")
    expect(
        names[2:3] != ["net"] or bool({"train_set", "epochs", "batch_size"} & set(names)),
        f"train_with_data_aug({', '.join(names)}) has the book's parameters: it chooses data, epochs and batches itself",
        hint="Wanted train_with_data_aug(train_set, augment, net, *, epochs, batch_size, lr, device): load the data outside, "
        "and return the net. What it teaches a net is measured in the book's form, too (grade --train).",
    )
    options = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "device": torch.device("cpu")}
    trained = student.train_with_data_aug(train_set, augment, net, **options)
    expect(
        isinstance(trained, StudentObject),
        f"train_with_data_aug returned {kind_of(trained)}, wanted the trained net",
        got=trained,
    )
    return trained


def _moved(before, after) -> bool:
    pairs = zip(before.parameters.values(), after.parameters.values(), strict=True)
    return any(a.shape != b.shape or not torch.equal(a, b) for a, b in pairs)


def _same_number(before, after) -> None:
    expect(
        len(before.parameters) == len(after.parameters),
        f"the returned net has {len(after.parameters)} parameters, the given one {len(before.parameters)}",
    )


def test_training_moves_the_parameters(student):
    """The net that train_with_data_aug returns is the given net with other parameters."""
    pixels, labels = _two_colours(16, 1)
    net = student.support.watched_net(6, 2)
    before = net.state()
    after = _train(student, student.support.labelled(pixels, labels), student.support.notebook(), net).state()
    _same_number(before, after)
    expect(_moved(before, after), "the returned net is untrained: every parameter has its initial value")


def test_trained_net_tells_the_classes_apart(student):
    """Trained on an easy set of two colours, the net is right on at least 90 % of new images."""
    pixels, labels = _two_colours(32, 2)
    train_set, augment = student.support.labelled(pixels, labels), student.support.notebook()
    trained = _train(student, train_set, augment, student.support.watched_net(6, 2), epochs=12)
    trained.call("eval")
    fresh, truth = _two_colours(64, 3)
    logits = tensor(trained(fresh.float() / 255), shape=(64, 2), what="the net's output")
    right = float((logits.argmax(1) == torch.tensor(truth)).double().mean())
    expect(
        right >= 0.9,
        f"the trained net is right on {right:.0%} of new images, wanted at least 90 %",
        hint="Do images and labels stay together? Does every batch end with a step of the optimiser?",
    )


def test_training_raises_the_right_score_alone(student):
    """Trained on images of one class, the net's score of that class rises and all other scores fall, as the cross entropy
    of raw scores wants it."""
    net = student.support.scores_net([2.0, 0.0, 0.0])  # sure of class 0; the images are of class 1
    pixels, _ = _two_colours(8, 4)
    trained = _train(student, student.support.labelled(pixels, [1] * 8), student.support.notebook(), net)
    (after,) = trained.state().parameters.values()
    after = tensor(after, shape=(3,), what="the scores")
    expect(float(after[1]) > 0, "the score of the images' own class did not rise", got=after)
    expect(
        float(after[0]) < 2 and float(after[2]) < 0,
        "the score of another class did not fall",
        got=after,
        hint="The cross entropy wants raw scores: its softmax is inside, so no softmax belongs before it.",
    )


def _numbered(count: int) -> tuple[Tensor, list[int]]:
    """Images that carry their number as value: uint8 (count, 3, 4, 4)"""
    numbers = torch.arange(count, dtype=torch.uint8) + 1
    return numbers[:, None, None, None].expand(count, 3, 4, 4), [i % 2 for i in range(count)]


def test_augment_is_called_in_every_epoch(student):
    """The augmentation is called anew for every training image in every epoch."""
    augment, train_set = student.support.notebook(), student.support.labelled(*_numbered(12))
    _train(student, train_set, augment, student.support.watched_net(4, 2), epochs=3)
    seen = _seen(augment)
    counts = [seen.count(i + 1) for i in range(12)]
    expect(any(counts), "the augmentation was never called")
    expect(
        min(counts) >= 3,
        f"in 3 epochs an image was augmented {min(counts)} times, wanted 3 times",
        hint="Augment inside the loop over the epochs: done once beforehand, every epoch is the same.",
    )


def _seen(augment: StudentObject) -> list[int]:
    return [int(number(v)) for v in sequence(augment.get("seen"), what="what was augmented")]


def test_net_is_fed_augmented_images(student):
    """What the net is trained on are the augmented images, not the original ones."""
    augment, train_set = student.support.notebook(0.625), student.support.labelled(*_numbered(8))
    net = student.support.watched_net(4, 2)
    trained = _train(student, train_set, augment, net)
    _, values = _watched(net, trained, "values")
    expect(
        set(values) == {0.625},
        "the net was trained on images that did not come from the augmentation",
        got=values[:5],
    )


def _watched(given: StudentObject, trained: StudentObject, name: str) -> tuple[str, list[float]]:
    """The mode a net was trained in and what it noted: the given net, or the returned one where that is a copy."""
    for net in (given, trained):
        for mode in ("training", "evaluating"):
            if noted := sequence(net.get(f"{mode}_{name}"), what="what the net was fed"):
                return mode, [number(v) for v in noted]
    return fail("the net was never called with gradients")


def test_order_changes_between_epochs(student):
    """The training images come in another order in every epoch."""
    augment, train_set = student.support.notebook(), student.support.labelled(*_numbered(24))
    net = student.support.watched_net(4, 2)
    trained = _train(student, train_set, augment, net, epochs=2)
    _, values = _watched(net, trained, "values")
    first, second = values[:24], values[24:48]
    expect(first != second, "both epochs go through the images in the same order: shuffle them", got=first)


def test_batches_are_at_most_the_batch_size(student):
    """The net is trained in batches of batch_size images."""
    augment, train_set = student.support.notebook(), student.support.labelled(*_numbered(12))
    net = student.support.watched_net(4, 2)
    trained = _train(student, train_set, augment, net, batch_size=4)
    sizes = sorted(set(_watched(net, trained, "batches")[1]))
    expect(sizes == [4], f"batches of {[int(s) for s in sizes]} images, wanted batches of 4", got=sizes)


def test_gradients_are_fresh(student):
    """Each step uses the gradient of its own batch, not the sum of all so far."""
    net = student.support.watched_net(4, 2)
    _train(student, student.support.labelled(*_numbered(12)), student.support.notebook(), net, batch_size=4)
    left_over = number(net.get("left_over"), what="what was left of earlier gradients")
    expect(
        left_over == 0,
        "gradients add up over the batches",
        hint="Call optimizer.zero_grad() once for every batch, before the backward pass.",
    )


def test_training_mode_is_set(student):
    """The net is put into training mode before it is trained."""
    augment, train_set = student.support.notebook(), student.support.labelled(*_numbered(8))
    net = student.support.watched_net(4, 2)
    trained = _train(student, train_set, augment, net)
    mode, _ = _watched(net, trained, "batches")
    expect(mode == "training", "the net was trained in evaluation mode: call net.train() first")


def test_learning_rate_zero_changes_nothing(student):
    """With learning rate 0 the parameters keep their values: the given learning rate is the one used."""
    net = student.support.watched_net(4, 2)
    before = net.state()
    train_set, augment = student.support.labelled(*_numbered(8)), student.support.notebook()
    after = _train(student, train_set, augment, net, lr=0.0).state()
    _same_number(before, after)
    expect(
        not _moved(before, after),
        "the parameters moved although lr is 0: the given learning rate is not used",
    )


# -- 13.1.1: the gap


accuracies = st.integers(0, 16).map(lambda k: k / 16)


@given(pairs=st.lists(st.tuples(accuracies, accuracies), min_size=1, max_size=4))
def test_gap_is_train_minus_test(student, pairs):
    """generalisation_gap is the training accuracy minus the test accuracy of the last epoch."""
    history = {"train_acc": [a for a, _ in pairs], "test_acc": [b for _, b in pairs]}
    got = number(student.generalisation_gap(history), what="the gap")
    train, test = pairs[-1]
    agree(got, train - test, conventions={"the gap in percentage points": 100.0 * (train - test)})


# -- 13.1.2


SIDE = 32
EFFECT_DRAWS = 150  # an operation of probability 0.1 stays unseen once in seven million runs
OFTEN = EFFECT_DRAWS // 20


def _combined(student, pixels: Tensor, count: int = EFFECT_DRAWS) -> Tensor:
    return _draws(student, _transform(student.combined_aug(), "combined_aug()"), pixels, count)


def test_combined_keeps_shape_and_range(student):
    """combined_aug() keeps the shape (3, 32, 32) and the range 0..1, for dark and bright images too."""
    half = torch.full((3, SIDE, SIDE), 255, dtype=torch.uint8)
    half[:, :, ::2] = 0
    for pixels in (half, _noise(SIDE, SIDE), _plain((255, 0, 128), SIDE, SIDE)):
        got = _combined(student, pixels, 24)
        low, high = float(got.min()), float(got.max())
        expect(
            low >= -1e-4 and high <= 1 + 1e-4,
            f"the values reach from {low:.3g} to {high:.3g}: they leave 0..1, wanted them clamped",
            got=got[got.flatten(1).abs().amax(1).argmax()],
        )


def test_combined_differs_between_draws(student):
    """combined_aug() gives other results from draw to draw."""
    got = _combined(student, _noise(SIDE, SIDE), 32)
    expect(
        bool((got != got[0]).any()),
        "32 draws from the same image are all equal: nothing in the pipeline is random",
    )


def test_combined_is_repeated_by_a_seed(student):
    """With the same seed combined_aug() draws the same augmentations again."""
    first, second = _combined(student, _noise(SIDE, SIDE), 6), _combined(student, _noise(SIDE, SIDE), 6)
    expect(
        bool((first - second).abs().max() < 1e-6),
        "the same seed gave other draws: use the global random numbers of torch, numpy or random",
    )


def test_combined_holds_three_operations(student):
    """The draws of combined_aug() differ in at least three ways, in geometry and in colour."""
    geometry, colour = _geometric_effects(student), _colour_effects(student)
    seen = ", ".join(geometry + colour) or "nothing"
    note = f"seen in {EFFECT_DRAWS} draws: {seen}"
    expect(bool(geometry), f"no random geometric operation ({note})")
    expect(bool(colour), f"no random operation on colour ({note})")
    expect(len(geometry + colour) >= 3, f"fewer than three different random operations ({note})")


def _varies(values: Tensor, least: float) -> bool:
    return float(values.max() - values.min()) > least


def _geometric_effects(student) -> list[str]:
    sides = _heavier_half(_combined(student, _half_textured()), 3)
    area, centre = _textured_area(_combined(student, _centre_textured()))
    return [
        *(["left and right exchanged"] if min(sides.count(-1), sides.count(1)) >= OFTEN else []),
        *(["shift, crop, scale or rotation"] if _varies(area, 0.02) or _varies(centre, 0.5) else []),
    ]


def _colour_effects(student) -> list[str]:
    """Told by medians of flat pictures, which no geometric operation changes."""
    flat = _combined(student, _plain((80, 60, 40), SIDE, SIDE)).flatten(2).median(2).values  # (draws, 3)
    tint = (flat.amax(1) - flat.amin(1)) / flat.amax(1).clamp(min=1e-3)
    squares = (
        _combined(student, _squares())[:, :, 10:22, 10:22].mean(1).flatten(1)
    )  # filled borders are left out
    dark, bright = squares.quantile(0.15, 1), squares.quantile(0.85, 1)
    contrast = (bright - dark) / (bright + dark).clamp(min=1e-3)
    effects = {"brightness": flat.mean(1), "saturation or hue": tint, "contrast": contrast}
    return [name for name, values in effects.items() if _varies(values, 0.02)]


def _checker(height: int, width: int) -> Tensor:
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    return ((rows // 2 + columns // 2) % 2 * 120 + 60).to(torch.uint8)


def _half_textured() -> Tensor:
    """The left half is a fine chequerboard, the right half flat."""
    pixels = torch.full((SIDE, SIDE), 120, dtype=torch.uint8)
    pixels[:, : SIDE // 2] = _checker(SIDE, SIDE // 2)
    return pixels.expand(3, SIDE, SIDE)


def _centre_textured() -> Tensor:
    """A chequered patch in the centre, which looks the same in a mirror and upside down."""
    pixels = torch.full((SIDE, SIDE), 120, dtype=torch.uint8)
    pixels[8:24, 8:24] = _checker(16, 16)
    return pixels.expand(3, SIDE, SIDE)


def _squares() -> Tensor:
    """Squares of 4×4 pixels, dark and bright."""
    return (
        _checker(SIDE // 2, SIDE // 2).repeat_interleave(2, 0).repeat_interleave(2, 1).expand(3, SIDE, SIDE)
    )


def _texture(drawn: Tensor) -> Tensor:
    """Local contrast, whatever the colours: (draws, 3, h, w) → (draws, h, w), at most 1."""
    grey = drawn.mean(1, keepdim=True)
    spread = F.max_pool2d(grey, 5, 1, 2) + F.max_pool2d(-grey, 5, 1, 2)
    return spread[:, 0] / spread.amax((1, 2, 3)).clamp(min=1e-6)[:, None, None]


def _heavier_half(drawn: Tensor, axis: int) -> list[int]:
    """Which side of `axis` holds the texture in each draw: -1 the first, 1 the second, 0 unclear."""
    third, texture = SIDE // 3, _texture(drawn).unsqueeze(1)
    first, second = texture.narrow(axis, 0, third), texture.narrow(axis, SIDE - third, third)
    a, b = first.mean((1, 2, 3)), second.mean((1, 2, 3))
    return [-1 if p > 5 * q else 1 if q > 5 * p else 0 for p, q in zip(a.tolist(), b.tolist(), strict=True)]


def _textured_area(drawn: Tensor) -> tuple[Tensor, Tensor]:
    """Share of textured pixels and distance of their centre from the middle, for each draw."""
    mask = (_texture(drawn) > 0.5).double()
    mass = mask.sum((1, 2)).clamp(min=1)
    at = torch.arange(SIDE, dtype=torch.float64) - (SIDE - 1) / 2
    x, y = (mask.sum(1) * at).sum(1) / mass, (mask.sum(2) * at).sum(1) / mass
    return mask.mean((1, 2)), (x**2 + y**2).sqrt()


def test_combined_keeps_up_and_down(student):
    """combined_aug() never turns the image upside down, because up and down belong to the label."""
    upright = _half_textured().transpose(1, 2)  # texture in the upper half
    sides = _heavier_half(_combined(student, upright), 2)
    expect(
        sides.count(1) < OFTEN,  # a few draws may look so: a shift can move all texture out of the upper half
        f"{sides.count(1)} of {EFFECT_DRAWS} draws are upside down, which changes the label here",
    )


def test_combined_leaves_the_image_alone(student):
    """combined_aug() does not change the image it is given."""
    aug = _transform(student.combined_aug(), "combined_aug()")
    before, after = sequence(student.support.before_and_after(aug, _picture(_noise(SIDE, SIDE))), 2)
    agree(after, before, what="the image after combined_aug")


# -- 13.1.3


ROWS, COLUMNS = 128, 160
FLAT = (90, 140, 203)
LEAST = 10


def _catalogue(student) -> dict[str, StudentObject]:
    entries = mapping(student.augmentation_catalogue(), what="the catalogue")
    for name, entry in entries.items():
        _transform(entry, f"the catalogue's entry {str(name)[:40]!r}")
    return entries


def _drawn(student, name, entry: StudentObject, pixels: Tensor, seed: int) -> Tensor:
    """One draw of a catalogue entry at a seed: float (3, h, w), in the units of the pixels."""
    value = student.at_seed(seed).support.apply(entry, _picture(pixels))
    if isinstance(value, (list, tuple)) and value:
        value = value[0]  # a set of crops: the first stands for them
    what = f"the result of {str(name)[:40]!r}"
    if isinstance(value, Image.Image):
        bands = torch.frombuffer(bytearray(value.convert("RGB").tobytes()), dtype=torch.uint8)
        return bands.reshape(value.height, value.width, 3).permute(2, 0, 1).float()
    if isinstance(value, Tensor) and value.ndim == 4 and len(value) >= 1:
        value = value[0]
    expect(isinstance(value, Tensor), f"{what} is {_type_of(value)}, wanted an image", got=value)
    value = tensor(value, shape=(None, None, None), dtype=None, what=what)
    expect(
        value.shape[0] in (1, 3) and value.numel() > 0,
        f"{what} has shape {tuple(value.shape)}, wanted (3, h, w)",
    )
    scale = 255 if value.dtype.is_floating_point else 1
    return value.float().expand(3, -1, -1) * scale


def _type_of(value) -> str:
    return f"a {value.type} object" if isinstance(value, StudentObject) else kind_of(value)


def test_catalogue_has_ten_entries(student):
    """The catalogue holds at least ten named transforms that can be called."""
    entries = _catalogue(student)
    expect(len(entries) >= LEAST, f"the catalogue has {len(entries)} entries, wanted at least {LEAST}")


def test_catalogue_entries_run(student):
    """Every transform of the catalogue turns an image into an image."""
    entries = _catalogue(student)
    expect(bool(entries), "the catalogue is empty")
    for name, entry in entries.items():
        for seed in range(3):
            _drawn(student, name, entry, _noise(ROWS, COLUMNS), seed)


def test_catalogue_entries_are_different(student):
    """No two entries of the catalogue are the same transform: with equal random numbers they differ."""
    entries = _catalogue(student)
    expect(bool(entries), "the catalogue is empty")
    picture, twin = _noise(ROWS, COLUMNS), {}
    for name, entry in entries.items():
        drawn = [_drawn(student, name, entry, picture, seed) for seed in range(5)]
        if all(d.shape == picture.shape and bool((d == picture).all()) for d in drawn):
            continue  # it did nothing in these draws: that proves nothing
        key = tuple((tuple(d.shape), d.numpy().tobytes()) for d in drawn)
        expect(key not in twin, f"{str(name)[:40]!r} and {str(twin.get(key))[:40]!r} are the same transform")
        twin[key] = name


def test_catalogue_spans_three_families(student):
    """The catalogue's transforms do at least three kinds of things to the picture."""
    entries = _catalogue(student)
    effects = {name: set() for name in entries}
    for seed in range(24):  # one of probability 0.5 stays unseen once in 17 million runs
        for name, entry in entries.items():
            effects[name] |= _family(student, name, entry, seed)
            found = set().union(*effects.values())
            mixed = any(len(own) > 1 for own in effects.values())
            if len(found) + mixed >= 3:
                return
    seen = ", ".join(sorted(set().union(*effects.values()))) or "none"
    fail(f"families seen: {seen}; wanted three of crop, geometry, colour, erasing-noise-blur, mixing policy")


def _family(student, name, entry: StudentObject, seed: int) -> set[str]:
    """What one draw does to a flat picture and, with the same random numbers, to a colourful one."""
    flat, rich = _plain(FLAT, ROWS, COLUMNS).float(), _noise(ROWS, COLUMNS)
    flat_out, rich_out = (_drawn(student, name, entry, p.to(torch.uint8), seed) for p in (flat, rich))
    filled = flat_out.shape != flat.shape and _varies(flat_out[2], 1)
    if flat_out.shape != flat.shape or rich_out.shape != rich.shape:
        return {"geometry" if filled else "crop"}
    rich = rich.float()
    if _close(rich_out, rich):
        return set()
    if any(_close(rich_out, other) for other in (rich.flip(2), rich.flip(1), rich.flip(1, 2))):
        return {"geometry"}
    shift = (flat_out.flatten(1).median(1).values - flat[:, 0, 0]).abs().max() > 2
    untouched = (rich_out - rich).abs().amax(0) <= 1.5
    if shift or _is_value_map(rich, rich_out):
        return {"colour", "geometry"} if _is_moved(rich, rich_out) else {"colour"}
    if float(untouched.double().mean()) > 0.2 or not _is_moved(rich, rich_out):
        return {"erasing-noise-blur"}
    return {"geometry"} if _varies(flat_out[2], 1) else {"crop"}


def _close(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() <= 1.5)


def _is_value_map(before: Tensor, after: Tensor) -> bool:
    """Equal values of a channel become equal values: a table of colours, not a filter or a movement."""
    for old, new in zip(before.flatten(1), after.flatten(1), strict=True):
        group = old.long()
        count = torch.bincount(group, minlength=256).clamp(min=1)
        mean = torch.bincount(group, new, minlength=256) / count
        if float((new - mean[group]).abs().max()) > 3:
            return False
    return True


def _is_moved(before: Tensor, after: Tensor) -> bool:
    """Coarse structure is elsewhere: means over blocks no longer go together, in whatever colours."""
    a, b = (F.avg_pool2d(p.mean(0)[None], 8).flatten() for p in (before, after))
    return abs(float(torch.corrcoef(torch.stack((a, b)))[0, 1].nan_to_num())) < 0.5
