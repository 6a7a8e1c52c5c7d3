"""Graded properties of 13.13."""

import csv
import io
import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import torch
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from grader.checks import agree, expect, fail, mapping, number, sequence, tensor, text
from grader.errors import Crashed
from grader.subject import StudentObject

CPU = torch.device("cpu")
MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).reshape(3, 1, 1)
STD = torch.tensor([0.2023, 0.1994, 0.2010]).reshape(3, 1, 1)
LABELS = ("cat", "dog", "frog")
FOLDERS = "train_valid_test"


# -- helpers


@cache
def _png(k: int) -> bytes:
    """An 8×8 picture of its own for every k."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (k % 256, 90, 200)).save(file, "png")
    return file.getvalue()


@st.composite
def labelled_ids(draw, most: int = 5) -> dict[str, str]:
    """Image id → label: 1 to 3 classes, 1 to `most` images each, in any order."""
    counts = draw(st.lists(st.integers(1, most), min_size=1, max_size=3))
    labels = [label for label, n in zip(LABELS, counts, strict=False) for _ in range(n)]
    return {str(i + 1): label for i, label in enumerate(draw(st.permutations(labels)))}


RATIOS = st.sampled_from([0.01, 0.125, 0.25, 0.5])


def _competition(student, labels: dict[str, str], test: int = 0) -> str:
    """A folder as Kaggle ships it; returns its path."""
    files = {"trainLabels.csv": _labels_csv(labels)}
    files |= {f"train/{i}.png": _png(int(i)) for i in labels}
    files |= {f"test/{i}.png": _png(100 + i) for i in range(1, test + 1)}
    return student.write_files(files)


def _labels_csv(labels: dict[str, str]) -> bytes:
    return ("id,label\n" + "".join(f"{i},{label}\n" for i, label in labels.items())).encode()


def _on_cpu(call):
    """`call(device)`. Code along the book takes a list of devices instead: then that is what it gets."""
    try:
        return call(CPU)
    except Crashed as e:
        if not re.search("subscriptable|not iterable|has no len", e.message):
            raise
        return call([CPU])


def _trained(returned, net):
    """The trained net: the one passed in, or another one if `train` returned it."""
    return returned if isinstance(returned, StudentObject) else net


def _draws(student, name: str, image: Image.Image, count: int) -> list:
    """`count` results of the transform that `name` makes.

    Notebooks along the book hold the transform itself under this name.
    """
    try:
        made = getattr(student, name)()
    except Crashed as first:
        try:
            return [getattr(student.at_seed(k), name)(image) for k in range(count)]
        except Crashed:
            raise first from None
    callable_object = isinstance(made, StudentObject) and made.callable
    expect(callable_object, f"{name}() did not return a callable transform", got=made)
    return sequence(student.support.draws(made, image, count), count)


def _half_textured(vertical: bool) -> Image.Image:
    """32×32, plain at the top and chequered at the bottom, or plain at the left and chequered at the right.

    Texture tells up from down even when colours are changed or inverted.
    """
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    chequered = torch.where((x // 2 + y // 2) % 2 == 0, 60, 200)
    pixels = torch.where((y if vertical else x) < 16, 130, chequered).to(torch.uint8)
    return Image.fromarray(pixels.numpy(), "L").convert("RGB")


def _noise_image(seed: int, height: int, width: int) -> tuple[Image.Image, torch.Tensor]:
    """A picture of random pixels, and the same as (3, H, W) in 0..1."""
    pixels = torch.randint(256, (height, width, 3), generator=torch.Generator().manual_seed(seed)).to(
        torch.uint8
    )
    return Image.fromarray(pixels.numpy(), "RGB"), pixels.permute(2, 0, 1) / 255


def _easy_images(per_class: int = 8, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """3 classes of (3, 4, 4) images, each bright in its own channel, in mixed order."""
    y = torch.arange(3).repeat(per_class)
    X = 0.1 * torch.randn(len(y), 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    X[torch.arange(len(y)), y] += 1.0
    return X, y


def _measure(student, net, X: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """(mean loss, accuracy) of the net, measured beside the student's code."""
    loss, accuracy = sequence(student.support.measure(net, X, y), 2, what="loss and accuracy")
    return number(loss, what="the net's loss"), number(accuracy, what="the net's accuracy")


def _tree(student, folder: str) -> dict[str, bytes]:
    """Relative path → content of every file in the folder."""
    return {text(path): content for path, content in mapping(student.support.tree(folder)).items()}


def _entries(student, net, *, learning: bool) -> list[dict]:
    """What the net noted while it learned (train mode, gradients on), or all else."""
    entries = [
        mapping(e, ("training", "grad", "images", "weights")) for e in sequence(student.support.log(net))
    ]
    return [e for e in entries if (e["training"] is True and e["grad"] is True) == learning]


def _step_lengths(student, net) -> list[float]:
    """How far the weights moved between one training step and the next."""
    seen = [
        tensor(e["weights"], shape=(None,), what="the weights").double()
        for e in _entries(student, net, learning=True)
    ]
    expect(len({len(w) for w in seen}) <= 1, "the net has other parameters at the end than at the start")
    return [float((b - a).norm()) for a, b in pairwise(seen)]


# -- 13.13.1: files


@given(labels=labelled_ids(), last_newline=st.booleans())
def test_cifar_labels_are_read(student, labels, last_newline):
    """read_csv_labels maps each image id to its label, and leaves out the header line."""
    content = _labels_csv(labels)
    folder = student.write_files({"trainLabels.csv": content if last_newline else content.rstrip(b"\n")})
    got = mapping(student.read_csv_labels(f"{folder}/trainLabels.csv"), what="read_csv_labels")
    agree(got, labels, what="read_csv_labels")


def _split(student, labels, ratio) -> tuple[dict[str, bytes], object]:
    """The files under train_valid_test after the split, and what the function returned."""
    folder = _competition(student, labels)
    returned = student.reorg_train_valid(folder, labels, ratio)
    files = _tree(student, folder)
    return {
        p.removeprefix(f"{FOLDERS}/"): c for p, c in files.items() if p.startswith(f"{FOLDERS}/")
    }, returned


def _part(files: dict[str, bytes], part: str) -> list[str]:
    return [path.removeprefix(f"{part}/") for path in files if path.startswith(f"{part}/")]


@given(labels=labelled_ids(), ratio=RATIOS)
def test_split_copies_all_to_train_valid(student, labels, ratio):
    """After reorg_train_valid, train_valid_test/train_valid/<label>/ holds a copy of every training image."""
    files, _ = _split(student, labels, ratio)
    wanted = {f"train_valid/{label}/{i}.png": _png(int(i)) for i, label in labels.items()}
    for path, content in wanted.items():
        expect(path in files, f"{FOLDERS}/{path} is missing", got=sorted(files), wanted=sorted(wanted))
        expect(files[path] == content, f"{FOLDERS}/{path} is not a copy of the training image")
    extra = [p for p in _part(files, "train_valid") if f"train_valid/{p}" not in wanted]
    expect(
        not extra,
        f"{FOLDERS}/train_valid holds {extra[:1]}, which is under the wrong label or no training image",
    )


@given(labels=labelled_ids(), ratio=RATIOS)
def test_split_keeps_train_and_valid_apart(student, labels, ratio):
    """After reorg_train_valid every image is in train or in valid, under its label, never in both."""
    files, _ = _split(student, labels, ratio)
    train, valid = set(_part(files, "train")), set(_part(files, "valid"))
    wanted = {f"{label}/{i}.png" for i, label in labels.items()}
    both = sorted(train & valid)
    expect(
        not both,
        f"{both[:1]} is in train and in valid: validation images must not be trained on",
        got=sorted(files),
    )
    lost = sorted(wanted - train - valid)
    expect(not lost, f"{lost[:1]} is neither in train nor in valid", got=sorted(files))
    extra = sorted((train | valid) - wanted)
    expect(not extra, f"{extra[:1]} is under the wrong label or no training image", got=sorted(files))


@given(labels=labelled_ids(), ratio=RATIOS)
@example(labels={"1": "cat", "2": "cat", "3": "dog", "4": "dog", "5": "dog", "6": "dog"}, ratio=0.5)
def test_split_counts_by_the_rarest_class(student, labels, ratio):
    """valid holds max(1, floor(images of the rarest class · valid_ratio)) images of every class."""
    files, _ = _split(student, labels, ratio)
    rarest = min(Counter(labels.values()).values())
    wanted = max(1, math.floor(rarest * ratio))
    got = Counter(path.split("/")[0] for path in _part(files, "valid"))
    for label in sorted(set(labels.values())):
        expect(
            got[label] == wanted,
            f"valid holds {got[label]} images of {label!r}, wanted {wanted}: "
            f"the rarest class has {rarest}, the ratio is {ratio}",
            got=dict(got),
        )


@given(labels=labelled_ids(), ratio=RATIOS)
def test_split_returns_images_per_class(student, labels, ratio):
    """reorg_train_valid returns the number of validation images per class."""
    _, returned = _split(student, labels, ratio)
    rarest = min(Counter(labels.values()).values())
    got = number(returned, what="the result of reorg_train_valid")
    agree(got, float(max(1, math.floor(rarest * ratio))), what="images per class")


@given(labels=labelled_ids(most=3))
def test_split_leaves_the_originals(student, labels):
    """reorg_train_valid copies: the original images and the dict of labels stay as they were."""
    folder = _competition(student, labels)
    student.reorg_train_valid(folder, labels, 0.25)
    expect(not student.changed, "reorg_train_valid changed the dict of labels", wanted=labels)
    files = _tree(student, folder)
    gone = [i for i in labels if files.get(f"train/{i}.png") != _png(int(i))]
    expect(
        not gone, f"train/{gone[0] if gone else ''}.png is gone or changed: copy the images, don't move them"
    )


@given(count=st.integers(1, 12))
def test_test_images_are_copied(student, count):
    """After reorg_test, train_valid_test/test/unknown/ holds a copy of every test image."""
    folder = _competition(student, {"1": "cat"}, test=count)
    student.reorg_test(folder)
    files = _tree(student, folder)
    wanted = {f"{FOLDERS}/test/unknown/{i}.png": _png(100 + i) for i in range(1, count + 1)}
    for path, content in wanted.items():
        expect(path in files, f"{path} is missing", got=sorted(files), wanted=sorted(wanted))
        expect(files[path] == content, f"{path} is not a copy of the test image")


def test_test_originals_stay(student):
    """reorg_test copies: the original test images stay."""
    folder = _competition(student, {"1": "cat"}, test=3)
    student.reorg_test(folder)
    files = _tree(student, folder)
    gone = [i for i in (1, 2, 3) if files.get(f"test/{i}.png") != _png(100 + i)]
    expect(
        not gone, f"test/{gone[0] if gone else ''}.png is gone or changed: copy the images, don't move them"
    )


# -- 13.13.1: transforms


def test_test_transform_is_not_random(student):
    """transforms_test gives the same tensor every time: validation and test images are not augmented."""
    image, _ = _noise_image(1, 32, 32)
    first, *others = (
        tensor(x, what="the transformed image") for x in _draws(student, "transforms_test", image, 24)
    )
    for other in others:
        same = other.shape == first.shape and torch.equal(other, first)
        expect(same, "two passes over the same test image differ: the test transform is random")


@given(seed=st.integers(0, 999), height=st.integers(1, 40), width=st.integers(1, 40))
def test_test_transform_values(student, seed, height, width):
    """transforms_test gives (x/255 − MEAN) / STD for each channel, in the shape (3, H, W)."""
    image, pixels = _noise_image(seed, height, width)
    (got,) = _draws(student, "transforms_test", image, 1)
    got = tensor(got, shape=(3, height, width), what="the transformed image", meaning="channels first")
    agree(got, (pixels - MEAN) / STD)


def _train_draws(student, image: Image.Image, count: int) -> list[torch.Tensor]:
    found = _draws(student, "transforms_train", image, count)
    form = {"what": "the transformed image", "meaning": "channels, height, width"}
    return [tensor(x, shape=(3, 32, 32), **form).double() for x in found]


def test_train_transform_form(student):
    """transforms_train gives normalised float tensors (3, 32, 32), in the same units as transforms_test."""
    # Of many draws only the extremes count: a change of colours may darken some of them.
    bright = torch.stack(_train_draws(student, Image.new("RGB", (32, 32), (255, 255, 255)), 24))
    black = torch.stack(_train_draws(student, Image.new("RGB", (32, 32), (0, 0, 0)), 24))
    for channel in range(3):
        highest, lowest = float(bright[:, channel].max()), float(black[:, channel].min())
        expect(
            1.8 < highest < 8 and -8 < lowest < -1.2,
            f"black comes out as {lowest:.2f} and white as {highest:.2f} in channel {channel}, "
            "wanted about -2.2 and 2.6: (x − MEAN) / STD",
            hint="Training and test images need the same normalisation.",
        )


def test_train_transform_crops(student):
    """transforms_train cuts out another part of the picture in each draw."""
    draws = _train_draws(student, _half_textured(vertical=True), 30)
    different = {tuple((d.mean(dim=(0, 2)) * 1000).round().int().tolist()) for d in draws}
    expect(
        len(different) >= 4,
        f"30 draws of a picture gave {len(different)} different results, mirror images not counted: "
        "no random crop",
    )


def test_train_transform_mirrors(student):
    """transforms_train gives both the picture and its mirror image, left and right exchanged."""
    draws = _train_draws(student, _half_textured(vertical=False), 60)
    mirrored = sum(bool(d[:, :, :8].std() > d[:, :, 24:].std() + 0.1) for d in draws)
    as_it_was = sum(bool(d[:, :, 24:].std() > d[:, :, :8].std() + 0.1) for d in draws)
    expect(mirrored > 0, "60 draws never mirrored the picture left-right")
    expect(as_it_was > 0, "all of 60 draws mirrored the picture left-right, wanted about half of them")


def test_train_transform_keeps_up_and_down(student):
    """transforms_train does not turn pictures upside down."""
    draws = _train_draws(student, _half_textured(vertical=True), 200)
    turned = sum(bool(d[:, :8].std() > d[:, 24:].std() + 0.1) for d in draws)
    # Automatic policies rotate and erase, and may look turned in about 1 of 7 draws; flips come in 1 of 2.
    expect(
        turned < 65,
        f"{turned} of 200 draws turned the picture upside down",
        hint="Flip horizontally, not vertically.",
    )


# -- 13.13.1: the net


def _net(student) -> StudentObject:
    net = student.get_net()
    expect(isinstance(net, StudentObject), "get_net() did not return an nn.Module", got=net)
    return net


def test_cifar_net_gives_scores(student):
    """get_net takes images (N, 3, 32, 32) to raw scores (N, 10), one image independently of the others."""
    net = _net(student)
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    both = tensor(
        student.support.scores(net, images), shape=(2, 10), what="the output", meaning="one score per class"
    )
    is_softmax = bool((both >= 0).all()) and bool(((both.double().sum(dim=1) - 1).abs() < 1e-4).all())
    expect(
        not is_softmax, "the scores of each image sum to 1: a softmax stands at the end of the net", got=both
    )
    cut_off = bool((both >= 0).all()) and bool((both == 0).any())
    expect(
        not cut_off,
        "no score is below 0, and some are exactly 0: a ReLU stands at the end of the net",
        got=both,
    )
    alone = tensor(student.support.scores(net, images[:1]), shape=(1, 10), what="the output for one image")
    close = bool(((alone.double() - both[:1].double()).abs() <= 1e-3 + 1e-3 * both[:1].double().abs()).all())
    expect(
        close, "the scores of an image depend on the other images of the batch", got=alone, wanted=both[:1]
    )


def test_cifar_net_can_learn(student):
    """Every parameter of get_net() requires gradients and gets one."""
    net = _net(student)
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(4))
    report = mapping(
        student.support.gradient_report(net, images, torch.tensor([0, 9])), ("count", "frozen", "idle")
    )
    expect(number(report["count"]) > 0, "the net has no parameters")
    for kind, symptom in (("frozen", "is frozen"), ("idle", "takes no part in the output")):
        names = sequence(report[kind])
        expect(not names, f"parameter {names[0] if names else ''} {symptom}; {len(names)} of them", got=names)


def test_cifar_net_is_new_each_time(student):
    """Each call of get_net gives a new network."""
    first, second = _net(student), _net(student)
    shared = student.support.share_parameters(first, second, torch.zeros(2, 3, 32, 32)) is True
    expect(
        not shared,
        "two calls of get_net returned the same parameters: training one run would go on in the next",
    )


# -- 13.13.1: training


def _run_train(student, net, X, y, *, epochs, batch=8, lr=0.05, wd=0.0, period=100, decay=0.1, valid=None):
    train_iter = student.support.loader(X, y, batch)
    valid_iter = student.support.loader(*valid, batch) if valid else None
    return _on_cpu(
        lambda device: student.train(net, train_iter, valid_iter, epochs, lr, wd, device, period, decay)
    )


def test_training_lowers_the_loss(student):
    """train trains the net it is given: on an easy problem its loss falls to less than half."""
    X, y = _easy_images()
    net = student.support.linear_net(48, 3)
    before = _measure(student, net, X, y)[0]
    net = _trained(_run_train(student, net, X, y, epochs=6), net)
    after = _measure(student, net, X, y)[0]
    expect(
        after < before / 2,
        f"the loss was {before:.3f} before and is {after:.3f} after 6 epochs on an easy problem",
    )


@given(epochs=st.integers(1, 3), batch=st.integers(2, 5), validate=st.booleans())
def test_training_passes_over_the_data(student, epochs, batch, validate):
    """train shows every batch to the net, in train mode, once in each of num_epochs epochs."""
    X, y = _easy_images(per_class=3)
    net = student.support.linear_net(48, 3)
    returned = _run_train(
        student, net, X, y, epochs=epochs, batch=batch, valid=(X + 5, y) if validate else None
    )
    seen = [
        tensor(e["images"], dtype=None) for e in _entries(student, _trained(returned, net), learning=True)
    ]
    batches = math.ceil(len(X) / batch)
    expect(
        len(seen) == epochs * batches,
        f"{epochs} epochs of {batches} batches: saw {len(seen)} training steps in train mode, "
        f"wanted {epochs * batches}",
        hint="net.train() belongs at the start of every epoch: validation leaves the net in evaluation mode.",
    )
    agree(torch.cat(seen), X.repeat(epochs, 1, 1, 1), what="the images the net learned from")


def test_training_uses_fresh_gradients(student):
    """Each step of train uses the gradient of its own batch, not the sum of all so far."""
    X, y = torch.zeros(6, 3, 2, 2), torch.zeros(6, dtype=torch.int64)
    X[:2] = 1.0  # only the first batch has a gradient: black images have none in a net without bias
    net = student.support.linear_net(12, 3, False)
    net = _trained(_run_train(student, net, X, y, epochs=1, batch=2), net)
    steps = _step_lengths(student, net)
    expect(len(steps) == 2, f"saw {len(steps) + 1} training steps, wanted 3")
    expect(steps[0] > 0, "the first step did not move the net")
    expect(
        steps[1] < 0.98 * steps[0],
        "a batch without gradient moved the net as far as the one before: gradients add up over the batches",
        hint="Set the gradients to zero before each backward pass.",
    )


def test_training_follows_lr(student):
    """A doubled learning rate makes the first step of train twice as long; rate 0 leaves the net alone."""
    X, y = _easy_images(per_class=4)
    first = []
    for lr in (0.0, 0.01, 0.02):
        net = student.support.linear_net(48, 3)
        net = _trained(_run_train(student, net, X, y, epochs=1, batch=6, lr=lr), net)
        steps = _step_lengths(student, net)
        expect(len(steps) == 1, f"saw {len(steps) + 1} training steps, wanted 2")
        first += steps
    expect(first[0] == 0, "the net moved although lr is 0")
    expect(first[1] > 0, "the first step did not move the net")
    ratio = first[2] / first[1]
    expect(
        1.9 < ratio < 2.1, f"with a doubled lr the first step is {ratio:.2f} times as long, wanted 2 times"
    )


def test_training_decays_weights(student):
    """A positive weight decay pulls the weights towards 0."""
    X, y = torch.zeros(8, 3, 2, 2), torch.zeros(8, dtype=torch.int64)  # no gradient: only the decay acts
    moved = {}
    for wd in (0.0, 0.5):
        net = student.support.linear_net(12, 3, False)
        start = tensor(student.support.weights(net), shape=(36,))
        net = _trained(_run_train(student, net, X, y, epochs=2, lr=0.1, wd=wd), net)
        end = tensor(student.support.weights(net), shape=(36,), what="the weights")
        moved[wd] = float(end.norm() / start.norm())
    expect(abs(moved[0.0] - 1) < 1e-6, "the weights moved without a gradient and without weight decay")
    expect(
        moved[0.5] < 0.97, "weight decay 0.5 did not make the weights smaller: is wd passed to the optimiser?"
    )


@given(period=st.integers(1, 3), batches=st.integers(2, 4))
def test_training_decays_lr_per_epoch(student, period, batches):
    """The learning rate stays for lr_period epochs, then is multiplied by lr_decay; batches don't count."""
    X, y = _easy_images(per_class=4)
    size = len(X) // batches
    X, y = X[: size * batches], y[: size * batches]
    net = student.support.linear_net(48, 3)
    returned = _run_train(
        student, net, X, y, epochs=2 * period + 1, batch=size, lr=0.01, period=period, decay=1e-3
    )
    steps = _step_lengths(student, _trained(returned, net))
    wanted = (2 * period + 1) * batches - 1
    expect(len(steps) == wanted, f"saw {len(steps) + 1} training steps, wanted {wanted + 1}")
    expect(steps[0] > 0, "the first step did not move the net")
    for i, length in enumerate(steps):
        epoch, batch = divmod(i, batches)
        share = length / steps[0]
        decays = epoch // period
        where = f"epoch {epoch + 1}, batch {batch + 1} (lr_period={period}, {batches} batches an epoch)"
        low, high = ((3e-2, 1e2), (1e-4, 3e-2), (0.0, 1e-4))[decays]  # lr_decay is 1e-3
        if share < low:
            fail(
                f"the learning rate has fallen too early, in {where}: the step is {share:.1g} of the first",
                hint="Call scheduler.step() once at the end of each epoch, not after each batch.",
            )
        expect(
            share < high,
            f"the learning rate has not fallen by lr_decay in {where}: the step is {share:.1g} of the first",
        )


def test_validation_in_evaluation_mode(student):
    """train shows validation images to the net in evaluation mode only."""
    X, y = _easy_images(per_class=4)
    valid = X + 5
    net = student.support.linear_net(48, 3, True, True)
    net = _trained(_run_train(student, net, X, y, epochs=2, valid=(valid, y)), net)
    entries = [mapping(e, ("training", "images")) for e in sequence(student.support.log(net))]
    shown = [e for e in entries if bool(tensor(e["images"], what="a batch").mean() > 3)]
    expect(bool(shown), "the net never saw the validation images")
    in_train_mode = [e for e in shown if e["training"] is not False]
    expect(
        not in_train_mode,
        "the net was in train mode on validation images",
        hint="Call net.eval() before measuring.",
    )


def test_validation_teaches_nothing(student):
    """The trained net is the same with and without a validation set."""
    X, y = _easy_images(per_class=4)
    ends = []
    for valid in (None, (X + 5, (y + 1) % 3)):
        net = student.support.linear_net(48, 3, True, True)
        net = _trained(_run_train(student, net, X, y, epochs=2, valid=valid), net)
        ends.append(tensor(student.support.weights(net), shape=(None,), what="the net's state"))
    agree(ends[1], ends[0], what="the net trained with a validation set")


def _history(returned, epochs: int, validated: bool) -> dict[str, list[float]]:
    keys = ("train_loss", "train_acc", "valid_acc")
    found = mapping(returned, keys, what="the result of train")
    return {
        key: [
            number(v, what=key)
            for v in sequence(found[key], epochs if validated or key != "valid_acc" else 0, what=key)
        ]
        for key in keys
    }


@given(epochs=st.integers(1, 3), batch=st.integers(2, 7))
def test_history_of_training(student, epochs, batch):
    """train returns mean loss and accuracy over the training examples of each epoch."""
    X, y = _easy_images(per_class=3, seed=5)
    net = student.support.linear_net(48, 3)
    loss, accuracy = _measure(student, net, X, y)
    returned = _run_train(
        student, net, X, y, epochs=epochs, batch=batch, lr=0.0
    )  # lr 0: the values are known
    history = _history(returned, epochs, validated=False)
    agree(history["train_loss"], [loss] * epochs, what="train_loss with lr=0 (the mean over the examples)")
    agree(history["train_acc"], [accuracy] * epochs, what="train_acc with lr=0 (a share of the examples)")


def test_history_of_validation(student):
    """train returns the accuracy on the validation set after each epoch."""
    X, y = _easy_images()
    valid_y = torch.where(torch.arange(len(y)) % 4 == 0, (y + 1) % 3, y)  # a quarter is labelled otherwise
    net = student.support.linear_net(48, 3)
    returned = _run_train(student, net, X, y, epochs=4, batch=7, lr=0.05, valid=(X, valid_y))
    history = _history(returned, 4, validated=True)
    wanted = _measure(student, net, X, valid_y)[1]
    agree(history["valid_acc"][-1], wanted, what="valid_acc after the last epoch")


def test_training_stops_when_the_loss_is_not_finite(student):
    """train stops with an error that says so when the loss is NaN."""
    X, y = _easy_images(per_class=4)
    X[6:8] = math.nan  # the second batch
    net = student.support.linear_net(48, 3)
    try:
        _run_train(student, net, X, y, epochs=2, batch=6)
    except Crashed as e:
        named = re.search(r"\bnan\b|finite|infinit|diverg|not a number|发散|有限|无穷", str(e), re.I)
        expect(
            named is not None,
            f"train stopped, but the message does not say that the loss is NaN: {str(e)[:120]!r}",
        )
        return
    fail("the loss became NaN in the second batch, and train went on to the end")


# -- 13.13.1: the submission


def _submission(student, preds: list[int], classes: list[str]) -> list[list[str]]:
    """The rows of the file the student writes, header first."""
    path = student.write_files({"README": b"the submission goes here"}) + "/submission.csv"
    student.write_submission(preds, classes, path)
    expect(not student.changed, "write_submission changed its inputs", wanted=preds)
    content = text(student.support.read_text(path), what="the file")
    try:
        return [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(content.lstrip("\ufeff"))) if row
        ]
    except csv.Error as e:
        fail(f"the file is not a CSV file: {e}", got=content[:200])


@given(preds=st.lists(st.integers(0, 2), min_size=1, max_size=24))
def test_cifar_submission_ids(student, preds):
    """Every id in the submission has the prediction of its own image; the loader reads 1, 10, 11, …, 2, …"""
    rows = _submission(student, preds, list(LABELS))[1:]
    for row in rows:
        expect(len(row) == 2, f"a line has {len(row)} columns, wanted 2: id and label", got=row)
    got = {row[0].removesuffix(".png"): row[1] for row in rows}
    ids = [str(i) for i in range(1, len(preds) + 1)]
    expect(len(rows) == len(preds), f"{len(rows)} lines for {len(preds)} images", got=rows)
    expect(set(got) == set(ids), f"the ids are not 1 to {len(preds)}", got=sorted(got))
    as_text = dict(zip(sorted(ids), (LABELS[p] for p in preds), strict=True))
    as_numbers = dict(zip(ids, (LABELS[p] for p in preds), strict=True))
    wrong = next((i for i in ids if got[i] != as_text[i]), None)
    if wrong is not None:
        reason = (
            " (the ids are sorted as numbers, the loader reads them as text)" if got == as_numbers else ""
        )
        fail(
            f"id {wrong} has label {got[wrong]!r}, wanted {as_text[wrong]!r}{reason}", got=got, wanted=as_text
        )


def test_cifar_submission_header(student):
    """The first line of the submission is id,label."""
    rows = _submission(student, [2, 0, 1], list(LABELS))
    expect(bool(rows) and rows[0] == ["id", "label"], "the first line is not id,label", got=rows[:1])


# -- 13.13.2


def _pictures(count: int, seed: int) -> tuple[list[Image.Image], torch.Tensor]:
    """8×8 pictures, and what transforms_test makes of them."""
    made = [_noise_image(seed + i, 8, 8) for i in range(count)]
    return [image for image, _ in made], torch.stack([(pixels - MEAN) / STD for _, pixels in made])


def _run_without_aug(student, net, train_set, valid_set, *, epochs=2, lr=0.005):
    return _on_cpu(
        lambda device: student.train_without_aug(
            train_set, valid_set, net, epochs, lr, 0.0, device, 100, 0.1, 4
        )
    )


def _net_without_aug(student, epochs: int, count: int):
    """A trained net and the images it was trained on, in its own order."""
    images, plain = _pictures(count, seed=10)
    net = student.support.picture_net(3)
    pairs = [(image, i % 3) for i, image in enumerate(images)]
    _run_without_aug(student, net, pairs, pairs[:3], epochs=epochs)
    seen = [_batch(e) for e in _entries(student, net, learning=True)]
    expect(bool(seen), "the net was not trained: it saw no batch in train mode")
    return torch.cat(seen), plain


def _batch(entry: dict) -> torch.Tensor:
    """The pictures of one call; they were 8×8 and must have kept that size."""
    images = tensor(entry["images"], shape=(None, 3, None, None), what="a batch").float()
    size = "×".join(map(str, images.shape[2:]))
    expect(
        images.shape[2:] == (8, 8),
        f"pictures of 8×8 reached the net as {size}: resized or cropped, which is augmentation",
    )
    return images


def _nearest(seen: torch.Tensor, plain: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For each image seen: which plain image is closest, and how far it is in its worst pixel."""
    distance = (seen[:, None] - plain[None]).abs().flatten(2).amax(dim=2)  # (seen, plain)
    far, which = distance.min(dim=1)
    return which, far


def test_plain_images_are_trained_on(student):
    """train_without_aug trains on the images as transforms_test gives them, on every one once per epoch."""
    seen, plain = _net_without_aug(student, epochs=3, count=10)
    which, far = _nearest(seen, plain)
    expect(
        bool((far < 1e-3).all()),
        "the net was trained on an image that transforms_test did not give: "
        "it is augmented, or normalised otherwise",
    )
    counts = which.bincount(minlength=10).tolist()
    expect(counts == [3] * 10, f"in 3 epochs the images were seen {counts} times, wanted 3 times each")


def test_plain_images_are_shuffled(student):
    """train_without_aug shows the training images in a new order in each epoch."""
    seen, plain = _net_without_aug(student, epochs=2, count=24)
    expect(len(seen) == 48, f"in 2 epochs of 24 images the net saw {len(seen)} images")
    which = _nearest(seen, plain)[0].tolist()
    expect(
        which[:24] != which[24:],
        "both epochs show the images in the same order",
        hint="DataLoader(…, shuffle=True)",
    )


def test_accuracy_without_aug_is_measured(student):
    """train_without_aug returns the accuracy on the training set, then the one on the validation set."""
    images, plain = _pictures(12, seed=40)
    labels = torch.arange(12) % 3
    others = torch.where(
        torch.arange(12) < 9, (labels + 1) % 3, labels
    )  # the validation set contradicts 3 in 4 labels
    net = student.support.picture_net(3)
    pairs = list(zip(images, labels.tolist(), strict=True))
    returned = _run_without_aug(
        student, net, pairs, list(zip(images, others.tolist(), strict=True)), epochs=30, lr=0.01
    )
    got = [number(v, what="an accuracy") for v in sequence(returned, 2, what="train_without_aug")]
    wanted = [_measure(student, net, plain, y)[1] for y in (labels, others)]
    agree(got[0], wanted[0], what="the training accuracy")
    if abs(got[1] - got[0]) < 1e-6:
        agree(
            got[1],
            wanted[1],
            what="the validation accuracy equals the training accuracy: measured on which images?",
        )
    agree(got[1], wanted[1], what="the validation accuracy")


def test_accuracy_without_aug_in_evaluation_mode(student):
    """train_without_aug measures in evaluation mode and never learns from the validation set."""
    images, _ = _pictures(10, seed=70)
    others, plain = _pictures(5, seed=90)
    net = student.support.picture_net(3, True)
    train_set = [(image, i % 3) for i, image in enumerate(images)]
    _run_without_aug(student, net, train_set, [(image, 0) for image in others])
    entries = [mapping(e, ("training", "images")) for e in sequence(student.support.log(net))]
    for entry in entries:
        if entry["training"] is False:
            continue
        images = tensor(entry["images"], shape=(None, 3, None, None), what="a batch").float()
        validating = images.shape[2:] == (8, 8) and bool((_nearest(images, plain)[1] < 1e-3).any())
        expect(not validating, "the net saw validation images in train mode")
