"""Graded properties of 13.14."""

import csv
import io
import math
import re
from itertools import pairwise, permutations, product

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import agree, expect, fail, mapping, number, sequence, tensor, text
from grader.errors import Crashed
from grader.subject import ModuleState, StudentObject

CPU = torch.device("cpu")


# -- helpers


def _on_cpu(call):
    """`call(device)`. Code along the book takes a list of devices instead: then that is what it gets."""
    try:
        return call(CPU)
    except Crashed as e:
        if not re.search("subscriptable|not iterable|has no len", e.message):
            raise
        return call([CPU])


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _easy_images(per_class: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """3 classes of (3, 2, 2) images, each bright in its own channel, in mixed order."""
    y = torch.arange(3).repeat(per_class)
    X = 0.1 * _noise(len(y), 3, 2, 2, seed=0)
    X[torch.arange(len(y)), y] += 1.0
    return X, y


def _loss(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross entropy of each example, written out."""
    scores = scores.double()
    return scores.logsumexp(dim=1) - scores[torch.arange(len(y)), y]


# -- 13.14.1: the net


def _net(student, features, classes: int) -> StudentObject:
    net = student.get_net(features, classes)
    expect(isinstance(net, StudentObject), "get_net did not return an nn.Module", got=net)
    return net


@given(classes=st.integers(2, 8), count=st.integers(1, 3))
def test_dogs_net_gives_scores(student, classes, count):
    """get_net puts a head on the features: images (N, 3, H, W) → raw scores (N, num_classes)."""
    net = _net(student, student.support.features(1000), classes)
    for size in (8, 12):
        images = _noise(count, 3, size, size, seed=1)
        got = student.support.scores(net, images)
        got = tensor(got, shape=(count, classes), what="the output", meaning="one score per class").double()
        is_softmax = bool((got >= 0).all()) and bool(((got.sum(dim=1) - 1).abs() < 1e-4).all())
        expect(
            not is_softmax,
            "the scores of each image sum to 1: a softmax stands at the end of the net",
            got=got,
        )
        cut_off = bool((got >= 0).all()) and bool((got == 0).any())
        expect(
            not cut_off,
            "no score is below 0, and some are exactly 0: a ReLU stands at the end of the net",
            got=got,
        )


def _states_around_training(student) -> tuple[ModuleState, ModuleState, ModuleState]:
    """Of the features, of the net built on them, and of the net after three optimiser steps."""
    features = student.support.features(1000)
    alone = features.state()
    net = _net(student, features, 3)
    X, y = _noise(6, 3, 8, 8, seed=2), torch.tensor([0, 1, 2, 0, 1, 2])
    student.support.scores(net, X)  # lazy layers take their shape here
    before = net.state()
    if before.trained:
        student.support.optimiser_steps(net, X, y)
    return alone, before, net.state()


def test_dogs_head_is_trained(student):
    """The head of get_net requires gradients, and every part of it moves in real optimiser steps."""
    alone, before, after = _states_around_training(student)
    count = len(before.parameters) - len(alone.parameters)
    expect(count > 0, "the net has no parameters besides those of the features: the head is missing")
    expect(bool(before.trained), "no parameter requires gradients: the new head cannot learn")
    for name in before.trained:
        moved = not torch.equal(before.parameters[name], after.parameters.get(name, before.parameters[name]))
        expect(moved, f"{name} requires gradients, but did not move in three optimiser steps")
    frozen = len(before.parameters) - len(before.trained)
    expect(
        frozen <= len(alone.parameters),
        f"{frozen} parameters are frozen, the features have {len(alone.parameters)}: the head is frozen too",
    )


def test_dogs_features_are_frozen(student):
    """The features keep their weights and require no gradients: optimiser steps leave them bit-identical."""
    alone, before, after = _states_around_training(student)
    frozen = {n: p for n, p in before.parameters.items() if n not in before.trained}
    for name, weight in alone.parameters.items():
        kept = [n for n, p in before.parameters.items() if p.shape == weight.shape and torch.equal(p, weight)]
        expect(bool(kept), f"the weights of the features ({name}) are not in the net: initialised anew?")
        expect(
            any(n in frozen for n in kept),
            f"{kept[0]} belongs to the features and requires gradients, wanted it frozen",
            hint="Set requires_grad to False for every parameter of the features.",
        )
    for name, weight in frozen.items():
        expect(
            torch.equal(after.parameters.get(name, weight), weight),
            f"{name} is frozen, but moved in training",
        )


@given(width=st.integers(1, 40))
def test_dogs_net_takes_any_width(student, width):
    """Bonus: the features may put out any number of values per image."""
    net = _net(student, student.support.features(width), 5)
    got = student.support.scores(net, _noise(2, 3, 8, 8, seed=3))
    tensor(got, shape=(2, 5), what="the output", meaning="one score per class")


def test_finding_the_width_changes_nothing(student):
    """Bonus: building the net leaves the BatchNorm statistics of the features as they were."""
    features = student.support.features(12)
    alone = features.state()
    net = _net(student, features, 5)
    student.support.scores(net, _noise(2, 3, 8, 8, seed=3))
    kept = list(net.state().buffers.values())
    for name, value in alone.buffers.items():
        same = any(b.shape == value.shape and torch.equal(b, value) for b in kept)
        expect(same, f"get_net changed {name} of the features", hint="Try the features in evaluation mode.")


# -- 13.14.1: evaluation


def _evaluate(student, net, X: torch.Tensor, y: torch.Tensor, batch: int, *, training: bool = False) -> float:
    """evaluate_loss of a net that is in this mode when it is called."""
    data_iter = student.support.loader(X, y, batch)

    def call(device):
        student.support.set_mode(net, training)
        return student.evaluate_loss(data_iter, net, device)

    return number(_on_cpu(call), what="evaluate_loss")


@given(count=st.integers(1, 9), batch=st.integers(1, 4), seed=st.integers(0, 99))
def test_loss_is_the_mean_over_examples(student, count, batch, seed):
    """evaluate_loss is the mean cross entropy over all examples; a smaller last batch weighs less."""
    X, y = _noise(count, 3, 2, 2, seed=seed), torch.arange(count) % 3
    net = student.support.frozen_net(12, 3)
    each = _loss(tensor(student.support.scores(net, X), shape=(count, 3)), y)
    got = _evaluate(student, net, X, y, batch)
    wanted = float(each.mean())
    if abs(got - wanted) > 1e-4 * (1 + abs(wanted)):
        batches = each.split(batch)
        of_batches = float(torch.stack([b.mean() for b in batches]).mean())
        known = {
            "the mean over the batches": of_batches,
            "the sum": float(each.sum()),
            "the sum divided by the number of batches": float(each.sum()) / len(batches),
        }
        name = next((n for n, v in known.items() if abs(got - v) <= 1e-4 * (1 + abs(v))), None)
        note = f" (this is {name}, wanted the mean over the {count} examples)" if name else ""
        fail(f"evaluate_loss is {got:.5f}, wanted {wanted:.5f}{note}", got=got, wanted=wanted)


def test_loss_in_evaluation_mode(student):
    """evaluate_loss measures in evaluation mode, without dropout, and leaves weights and statistics alone."""
    X, y = _noise(8, 3, 2, 2, seed=4), torch.arange(8) % 3
    net = student.support.frozen_net(12, 3, True, True)
    wanted = float(_loss(tensor(student.support.scores(net, X), shape=(8, 3)), y).mean())
    before = net.state()
    got = _evaluate(student, net, X, y, 4, training=True)
    after = net.state()
    agree(got, wanted, what="the loss of a net with dropout that was in train mode")
    for kind, old, new in (
        ("parameter", before.parameters, after.parameters),
        ("buffer", before.buffers, after.buffers),
    ):
        for name, value in old.items():
            expect(torch.equal(new.get(name, value), value), f"measuring the loss changed the {kind} {name}")


def test_loss_restores_the_mode(student):
    """After evaluate_loss the net is in the mode it was in before."""
    X, y = _noise(4, 3, 2, 2, seed=5), torch.arange(4) % 3
    net = student.support.frozen_net(12, 3)
    for training in (False, True):
        _evaluate(student, net, X, y, 4, training=training)
        modes = ("evaluation", "train")
        expect(
            net.state().training == training,
            f"the net was in {modes[training]} mode and is left in {modes[not training]} mode",
        )


# -- 13.14.1: probabilities


def _rows(value, count: int, classes: int) -> torch.Tensor:
    """Probabilities as a tensor; a numpy array and a list of rows, as in the book, will do."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(row, (torch.Tensor, np.ndarray)) for row in value)
    ):
        same = len({tuple(row.shape) for row in value}) == 1
        expect(same, "the rows of the result have different lengths", got=value)
        value = torch.stack([torch.as_tensor(row) for row in value])
    if isinstance(value, np.ndarray):
        value = torch.as_tensor(value)
    return tensor(value, shape=(count, classes), meaning="one row per image, one column per class")


def _predict(student, net, X: torch.Tensor, batch: int) -> torch.Tensor:
    loader = student.support.loader(X, torch.zeros(len(X), dtype=torch.int64), batch)
    return _rows(student.predict_proba(net, loader), len(X), 4)


@given(count=st.integers(1, 9), batch=st.integers(1, 4), seed=st.integers(0, 99))
def test_rows_of_probabilities_sum_to_one(student, count, batch, seed):
    """The probabilities of each image lie in 0..1 and sum to 1."""
    X = _noise(count, 3, 2, 2, seed=seed)
    got = _predict(student, student.support.frozen_net(12, 4), X, batch).double()
    expect(
        bool((got >= 0).all()) and bool((got <= 1 + 1e-6).all()), "a probability lies outside 0..1", got=got
    )
    off = (got.sum(dim=1) - 1).abs()
    if bool((off > 1e-4).any()):
        row = int(off.argmax())
        batches = torch.stack([b.sum(dim=0) for b in got.split(batch)])
        columns = bool(((batches - 1).abs() < 1e-4).all())
        note = "; the columns of each batch sum to 1 instead: the softmax runs over dim 0" if columns else ""
        fail(f"row {row} sums to {float(got[row].sum()):.4f}, wanted 1{note}", got=got)


@given(count=st.integers(1, 9), batch=st.integers(1, 4), seed=st.integers(0, 99))
def test_probabilities_are_the_softmax_of_scores(student, count, batch, seed):
    """predict_proba is the softmax of each image's scores, in the loader's order."""
    X = 3 * _noise(count, 3, 2, 2, seed=seed)
    net = student.support.frozen_net(12, 4)
    scores = tensor(student.support.scores(net, X), shape=(count, 4)).double()
    wanted = (scores - scores.logsumexp(dim=1, keepdim=True)).exp()
    agree(_predict(student, net, X, batch), wanted.float())


@given(count=st.integers(2, 8), seed=st.integers(0, 99))
def test_probabilities_do_not_depend_on_the_batches(student, count, seed):
    """The probabilities of an image are the same, whichever images share its batch."""
    X = _noise(count, 3, 2, 2, seed=seed)
    net = student.support.frozen_net(12, 4)
    agree(
        _predict(student, net, X, count),
        _predict(student, net, X, 1),
        what="all in one batch against one by one",
    )


def test_probabilities_in_evaluation_mode(student):
    """predict_proba predicts in evaluation mode, without dropout, and leaves the mode as it was."""
    X = _noise(6, 3, 2, 2, seed=6)
    net = student.support.frozen_net(12, 4, True, True)
    wanted = tensor(student.support.scores(net, X), shape=(6, 4)).double().softmax(dim=1)
    student.support.set_mode(net, True)
    got = _predict(student, net, X, 3)
    agree(got, wanted.float(), what="a net with dropout that was in train mode")
    expect(net.state().training, "the net was in train mode and is left in evaluation mode")


# -- 13.14.1: training


def _run_train(student, net, X, y, *, epochs, batch=8, lr=0.05, wd=0.0, period=100, decay=0.1, valid=None):
    train_iter = student.support.loader(X, y, batch)
    valid_iter = student.support.loader(*valid, batch) if valid else None
    return _on_cpu(
        lambda device: student.train(net, train_iter, valid_iter, epochs, lr, wd, device, period, decay)
    )


def _trained(returned, net):
    """The trained net: the one passed in, or another one if `train` returned it."""
    return returned if isinstance(returned, StudentObject) else net


def _log(student, net) -> list[dict]:
    return [mapping(e, ("training", "grad", "images", "weights")) for e in sequence(student.support.log(net))]


def _learning(student, net) -> list[dict]:
    """What the net noted while it learned."""
    return [e for e in _log(student, net) if e["training"] is True and e["grad"] is True]


def _step_lengths(student, net) -> list[float]:
    """How far the head's weights moved between one training step and the next."""
    seen = [tensor(e["weights"], shape=(None,), what="the weights").double() for e in _learning(student, net)]
    expect(len({len(w) for w in seen}) <= 1, "the net has other parameters at the end than at the start")
    return [float((b - a).norm()) for a, b in pairwise(seen)]


def test_dogs_training_lowers_the_loss(student):
    """train trains the head of the net it is given: on an easy problem its loss falls to less than half."""
    X, y = _easy_images()
    net = student.support.frozen_net(12, 3)
    before = number(student.support.measure(net, X, y))
    net = _trained(_run_train(student, net, X, y, epochs=8), net)
    after = number(student.support.measure(net, X, y), what="the loss after training")
    expect(
        after < before / 2,
        f"the loss was {before:.3f} before and is {after:.3f} after 8 epochs on an easy problem",
    )


@given(epochs=st.integers(1, 3), batch=st.integers(2, 5), validate=st.booleans())
def test_dogs_training_passes_over_the_data(student, epochs, batch, validate):
    """train shows every batch to the net, in train mode, once in each of num_epochs epochs."""
    X, y = _easy_images(per_class=3)
    net = student.support.frozen_net(12, 3)
    returned = _run_train(
        student, net, X, y, epochs=epochs, batch=batch, valid=(X + 5, y) if validate else None
    )
    entries = _learning(student, _trained(returned, net))
    seen = [tensor(e["images"], shape=(None, 3, 2, 2), what="a batch") for e in entries]
    batches = math.ceil(len(X) / batch)
    expect(
        len(seen) == epochs * batches,
        f"{epochs} epochs of {batches} batches: saw {len(seen)} training steps in train mode, "
        f"wanted {epochs * batches}",
        hint="net.train() belongs at the start of every epoch: validation leaves the net in evaluation mode.",
    )
    agree(torch.cat(seen), X.repeat(epochs, 1, 1, 1), what="the images the net learned from")


def test_dogs_training_uses_fresh_gradients(student):
    """Each step of train uses the gradient of its own batch, not the sum of all so far."""
    X, y = torch.zeros(6, 3, 2, 2), torch.zeros(6, dtype=torch.int64)
    X[:2] = 1.0  # only the first batch has a gradient: black images have none in a net without bias
    net = student.support.frozen_net(12, 3, False)
    net = _trained(_run_train(student, net, X, y, epochs=1, batch=2), net)
    steps = _step_lengths(student, net)
    expect(len(steps) == 2, f"saw {len(steps) + 1} training steps, wanted 3")
    expect(steps[0] > 0, "the first step did not move the head")
    expect(
        steps[1] < 0.98 * steps[0],
        "a batch without gradient moved the head as far as the one before: gradients add up over the batches",
        hint="Set the gradients to zero before each backward pass.",
    )


def test_dogs_training_follows_lr(student):
    """A doubled learning rate makes the first step of train twice as long; rate 0 leaves the net alone."""
    X, y = _easy_images(per_class=4)
    first = []
    for lr in (0.0, 0.01, 0.02):
        net = student.support.frozen_net(12, 3)
        net = _trained(_run_train(student, net, X, y, epochs=1, batch=6, lr=lr), net)
        steps = _step_lengths(student, net)
        expect(len(steps) == 1, f"saw {len(steps) + 1} training steps, wanted 2")
        first += steps
    expect(first[0] == 0, "the net moved although lr is 0")
    expect(first[1] > 0, "the first step did not move the head")
    ratio = first[2] / first[1]
    expect(
        1.9 < ratio < 2.1, f"with a doubled lr the first step is {ratio:.2f} times as long, wanted 2 times"
    )


def test_dogs_training_decays_weights(student):
    """A positive weight decay pulls the weights of the head towards 0."""
    X, y = torch.zeros(8, 3, 2, 2), torch.zeros(8, dtype=torch.int64)  # no gradient: only the decay acts
    norms = {}
    for wd in (0.0, 0.5):
        net = student.support.frozen_net(12, 3, False)
        net = _trained(_run_train(student, net, X, y, epochs=3, batch=4, lr=0.1, wd=wd), net)
        seen = [tensor(e["weights"], shape=(None,), what="the weights") for e in _learning(student, net)]
        expect(len(seen) == 6, f"saw {len(seen)} training steps, wanted 6")
        norms[wd] = float(seen[-1].norm() / seen[0].norm())
    expect(abs(norms[0.0] - 1) < 1e-6, "the weights moved without a gradient and without weight decay")
    expect(
        norms[0.5] < 0.97, "weight decay 0.5 did not make the weights smaller: is wd passed to the optimiser?"
    )


def test_dogs_training_leaves_the_features(student):
    """train leaves parameters that require no gradients bit-identical, also with weight decay."""
    X, y = _easy_images(per_class=4)
    net = student.support.frozen_net(12, 3)
    before = net.state()
    net = _trained(_run_train(student, net, X, y, epochs=2, wd=0.1), net)
    after = net.state()
    for name, weight in before.parameters.items():
        if name not in before.trained:
            same = torch.equal(after.parameters.get(name, weight), weight)
            expect(same, f"{name} is frozen, but train changed it")
            expect(name not in after.trained, f"{name} was frozen, and train made it require gradients")


@given(period=st.integers(1, 3), batches=st.integers(2, 4))
def test_dogs_training_decays_lr_per_epoch(student, period, batches):
    """The learning rate stays for lr_period epochs, then is multiplied by lr_decay; batches don't count."""
    X, y = _easy_images(per_class=4)
    size = len(X) // batches
    epochs = 2 * period + 1
    net = student.support.frozen_net(12, 3)
    returned = _run_train(student, net, X, y, epochs=epochs, batch=size, lr=0.01, period=period, decay=1e-3)
    steps = _step_lengths(student, _trained(returned, net))
    expect(
        len(steps) == epochs * batches - 1, f"saw {len(steps) + 1} training steps, wanted {epochs * batches}"
    )
    expect(steps[0] > 0, "the first step did not move the head")
    for i, length in enumerate(steps):
        epoch, batch = divmod(i, batches)
        share = length / steps[0]
        where = f"epoch {epoch + 1}, batch {batch + 1} (lr_period={period}, {batches} batches an epoch)"
        low, high = ((3e-2, 1e2), (1e-4, 3e-2), (0.0, 1e-4))[epoch // period]  # lr_decay is 1e-3
        if share < low:
            fail(
                f"the learning rate has fallen too early, in {where}: the step is {share:.1g} of the first",
                hint="Call scheduler.step() once at the end of each epoch, not after each batch.",
            )
        expect(
            share < high,
            f"the learning rate has not fallen by lr_decay in {where}: the step is {share:.1g} of the first",
        )


def _history(returned, epochs: int, validated: bool) -> dict[str, list[float]]:
    found = mapping(returned, ("train_loss", "valid_loss"), what="the result of train")
    lengths = {"train_loss": epochs, "valid_loss": epochs if validated else 0}
    return {k: [number(v, what=k) for v in sequence(found[k], n, what=k)] for k, n in lengths.items()}


@given(epochs=st.integers(1, 3), batch=st.integers(2, 7))
def test_dogs_history_of_training(student, epochs, batch):
    """train returns the mean loss over the training examples of each epoch."""
    X, y = _easy_images(per_class=3)
    net = student.support.frozen_net(12, 3)
    loss = number(student.support.measure(net, X, y))
    returned = _run_train(student, net, X, y, epochs=epochs, batch=batch, lr=0.0)  # lr 0: the loss is known
    history = _history(returned, epochs, validated=False)
    agree(history["train_loss"], [loss] * epochs, what="train_loss with lr=0 (the mean over the examples)")


def test_dogs_history_of_validation(student):
    """train returns the loss on the validation set after each epoch."""
    X, y = _easy_images()
    other = (X[:10], (y[:10] + 1) % 3)
    net = student.support.frozen_net(12, 3)
    returned = _run_train(student, net, X, y, epochs=3, batch=7, valid=other)
    history = _history(returned, 3, validated=True)
    wanted = number(student.support.measure(net, *other))
    agree(history["valid_loss"][-1], wanted, what="valid_loss after the last epoch")


def test_dogs_validation_in_evaluation_mode(student):
    """train shows validation images to the net in evaluation mode only."""
    X, y = _easy_images(per_class=4)
    net = student.support.frozen_net(12, 3, True, True)
    net = _trained(_run_train(student, net, X, y, epochs=2, valid=(X + 5, y)), net)
    shown = [e for e in _log(student, net) if bool(tensor(e["images"], what="a batch").mean() > 3)]
    expect(bool(shown), "the net never saw the validation images")
    in_train_mode = [e for e in shown if e["training"] is not False]
    expect(
        not in_train_mode,
        "the net was in train mode on validation images",
        hint="Call net.eval() before measuring.",
    )


# -- 13.14.1: the submission


@st.composite
def dog_tests(draw) -> tuple[list[str], torch.Tensor]:
    """Ids of test images as their files are written, and probabilities (n, 3) in the loader's order."""
    ids = draw(
        st.lists(st.text("0123456789abcdef", min_size=3, max_size=6), min_size=1, max_size=8, unique=True)
    )
    parts = draw(st.lists(st.tuples(*[st.integers(1, 8)] * 3), min_size=len(ids), max_size=len(ids)))
    counts = torch.tensor(parts, dtype=torch.float32)
    return ids, counts / counts.sum(dim=1, keepdim=True)


BREEDS = ["beagle", "chow", "pug"]


def _submission(student, ids: list[str], probs: torch.Tensor) -> list[list[str]]:
    """The rows of the file the student writes, header first."""
    folder = student.write_files({f"test/unknown/{i}.jpg": b"a picture" for i in ids})
    path = f"{folder}/submission.csv"
    student.write_submission(probs, BREEDS, path, f"{folder}/test/unknown")
    expect(not student.changed, "write_submission changed its inputs", wanted=probs)
    content = text(student.support.read_text(path), what="the file")
    if "tensor(" in content:  # the book's code wants rows of numpy numbers, which its own predictions are
        student.write_submission([row.numpy() for row in probs], BREEDS, path, f"{folder}/test/unknown")
        content = text(student.support.read_text(path), what="the file")
    try:
        return [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(content.lstrip("\ufeff"))) if row
        ]
    except csv.Error as e:
        fail(f"the file is not a CSV file: {e}", got=content[:200])


def _probability(cell: str) -> float:
    try:
        return number(float(cell), what="a probability")
    except ValueError:
        fail(f"a probability is written as {cell[:40]!r}, wanted a number", got=cell)


@given(tests=dog_tests())
def test_dogs_submission_rows(student, tests):
    """Every id in the submission has its own image's probabilities; files are read sorted by name."""
    ids, probs = tests
    rows = _submission(student, ids, probs)[1:]
    expect(len(rows) == len(ids), f"{len(rows)} lines for {len(ids)} images", got=rows)
    for row in rows:
        expect(len(row) == 4, f"a line has {len(row)} columns, wanted 4: the id and 3 probabilities", got=row)
    got = {row[0].removesuffix(".jpg"): [_probability(cell) for cell in row[1:]] for row in rows}
    expect(
        set(got) == set(ids),
        "the ids are not the names of the test images",
        got=sorted(got),
        wanted=sorted(ids),
    )
    for name, wanted in zip(sorted(ids), probs.tolist(), strict=True):
        right = all(abs(g - w) <= 1e-4 for g, w in zip(sorted(got[name]), sorted(wanted), strict=True))
        expect(
            right,
            f"id {name} does not have the probabilities of its own image: "
            "the rows of probs belong to the files sorted by name",
            got=got,
            wanted=dict(zip(sorted(ids), probs.tolist(), strict=True)),
        )


@given(tests=dog_tests())
def test_dogs_submission_columns(student, tests):
    """The header is id and the class names, and each class name stands above its own probabilities."""
    ids, probs = tests
    header, *rows = _submission(student, ids, probs) or [[]]
    expect(header[:1] == ["id"], "the header does not begin with id", got=header)
    expect(
        sorted(header[1:]) == BREEDS,
        f"the header is {','.join(header)[:80]}, wanted id,{','.join(BREEDS)}",
        got=header,
    )
    for row in rows:
        expect(len(row) == 4, f"a line has {len(row)} columns, wanted 4: the id and 3 probabilities", got=row)
    got = sorted([_probability(row[header.index(breed)]) for breed in BREEDS] for row in rows)
    for row, wanted in zip(got, sorted(probs.tolist()), strict=False):
        right = all(abs(g - w) <= 1e-4 for g, w in zip(row, wanted, strict=True))
        expect(right, "a class name stands above the probabilities of another class", got=row, wanted=wanted)


# -- 13.14.2


def _backbone(student, arch: str) -> StudentObject:
    net = student.get_net(None, 7, arch=arch)
    expect(isinstance(net, StudentObject), "get_net did not return an nn.Module", got=net)
    got = student.support.scores(net, _noise(2, 3, 64, 64, seed=7))
    tensor(got, shape=(2, 7), what=f"the output with arch={arch!r}", meaning="one score per class")
    return net


def _sizes(student, net) -> tuple[float, float]:
    found = mapping(student.support.sizes(net), ("trained", "frozen"))
    return number(found["trained"]), number(found["frozen"])


def test_deeper_backbone_has_more_parameters(student):
    """get_net(arch=…) builds the backbone of that name: resnet34 has more parameters than resnet18."""
    small, large = (sum(_sizes(student, _backbone(student, arch))) for arch in ("resnet18", "resnet34"))
    expect(
        large > 1.5 * small,
        f"resnet18 has {small:.0f} parameters, and resnet34 {large:.0f}: arch has no effect",
    )


def test_deeper_backbone_is_frozen(student):
    """Whatever the backbone, it is frozen, and the same head is trained."""
    (head18, frozen18), (head34, frozen34) = (
        _sizes(student, _backbone(student, arch)) for arch in ("resnet18", "resnet34")
    )
    expect(
        frozen18 > 5e6 and frozen34 > 1e7,
        f"with arch='resnet34' {head34:.0f} numbers require gradients and {frozen34:.0f} are frozen, "
        "wanted the backbone frozen",
    )
    expect(head18 > 0, "nothing requires gradients: the head cannot learn")
    expect(
        head18 == head34,
        f"the trained part has {head18:.0f} numbers with resnet18 and {head34:.0f} with resnet34, "
        "wanted the same head",
    )


ARCHITECTURES = ("resnet18", "resnet34", "resnet50")


def test_backbone_with_lowest_validation_loss(student):
    """choose_backbone returns the name with the lowest validation loss, whatever the training losses say."""
    for count in (1, 2, 3):
        names = ARCHITECTURES[:count]
        for train, valid in product(permutations(range(count)), repeat=2):
            losses = zip(names, train, valid, strict=True)
            results = {n: {"train_loss": 0.25 + 0.5 * t, "valid_loss": 0.5 + 0.5 * v} for n, t, v in losses}
            got = text(student.choose_backbone(results), what="choose_backbone")
            expect(not student.changed, "choose_backbone changed its input", wanted=results)
            wanted, by_training = names[valid.index(0)], names[train.index(0)]
            note = " (it has the lowest training loss)" if got == by_training else ""
            expect(
                got == wanted,
                f"chose {got[:40]!r}{note}, wanted {wanted!r}, which has the lowest validation loss",
                got=results,
            )


@given(order=st.permutations(ARCHITECTURES), bad=st.integers(0, 2))
def test_diverged_backbone_is_not_chosen(student, order, bad):
    """choose_backbone passes over a run whose validation loss is NaN."""
    losses = [1.5, 2.0, 2.5]
    losses.insert(bad, math.nan)
    names = [*order[:bad], "diverged", *order[bad:]]
    results = {n: {"train_loss": 1.0, "valid_loss": v} for n, v in zip(names, losses, strict=True)}
    got = text(student.choose_backbone(results), what="choose_backbone")
    expect(got != "diverged", "chose a run whose validation loss is NaN", got=got)
    expect(
        got == order[0], f"chose {got[:40]!r}, wanted {order[0]!r}: NaN spoils comparisons with <", got=got
    )


def test_no_usable_backbone_is_an_error(student):
    """choose_backbone raises an error if no run has a validation loss."""
    try:
        got = student.choose_backbone({"resnet18": {"train_loss": 1.0, "valid_loss": math.nan}})
    except Crashed:
        return
    fail("the only run has diverged (validation loss NaN), wanted a ValueError", got=got)
