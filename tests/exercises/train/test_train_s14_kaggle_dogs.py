"""Training tasks of 13.14: a new head on frozen features, judged by the competition's own measure, the log loss."""

import torch
from measures import accuracy, loss, net, tried
from scenes.breeds import TARGET, breeds
from weights_file import breed_weights

from grader.checks import expect, mapping, sequence, tensor, text

CLASSES = len(TARGET)
PROBE = 160
LR, WEIGHT_DECAY = 5e-4, 1e-4
SIZES = 400, 10, 8, 5
"""training pictures, epochs, batch size (for small ones see 13.13), epochs between two decays; the same on a GPU, because
the pretrained net is the course's own small one"""
LEAST = 1e-7  # a probability below counts as this


def _trained(student, task, features, said="held out"):
    """(the trained net, the student's history)"""
    count, epochs, batch_size, period = SIZES
    train, probe = task.draw(breeds, count, "training"), task.draw(breeds, PROBE, "probe")
    support = student.support
    made = net(student.get_net(features, CLASSES), "get_net")
    watching = support.watch(made, count, epochs, probe.images.float() / 255)
    history = student.train(
        made, support.loader(train.images, train.labels, batch_size, True),
        support.loader(probe.images, probe.labels, 64, False),
        epochs, LR, WEIGHT_DECAY, support.device_of(task.device), period, 0.5,
    )  # fmt: skip
    trials = tried(support.finish(watching), PROBE, CLASSES)
    task.curve("loss", said, [loss(t, probe.labels) for t in trials])
    return made, history


def _log_loss(probabilities, labels) -> float:
    """The competition's measure, of probabilities as they are: rows that do not sum to 1 gain nothing by it."""
    own = probabilities[torch.arange(len(labels)), labels]
    return float(-own.clamp(LEAST, 1).double().log().mean())


def _probabilities(student, task, made, test):
    loader = student.support.loader(test.images, torch.zeros_like(test.labels), 64, False)
    found = student.predict_proba(made, loader)
    return tensor(
        found, (len(test.labels), CLASSES), what="predict_proba's result", meaning="pictures, classes"
    ).cpu()


def test_dogs_are_told_apart_by_their_probabilities(student, task):
    """A head trained on frozen features gives new pictures probabilities with a low log loss; the features stay."""
    features = student.support.features(breed_weights())
    before = features.state().parameters
    made, _ = _trained(student, task, features)
    test = task.draw(breeds, 640, "held out")
    found = _probabilities(student, task, made, test)
    expect(
        bool((found.sum(1) - 1).abs().max() < 1e-3),
        "the probabilities of a picture do not sum to 1",
        got=found.sum(1),
    )
    after = features.state().parameters
    task.judge(
        log_loss=_log_loss(found, test.labels),
        accuracy=accuracy(found, test.labels),
        moved=max(float((after[n] - before[n]).abs().max()) for n in before if n in after),
        hints={
            "log_loss": "Is the loss the cross entropy of raw scores? Is predict_proba's softmax over the classes?",
            "accuracy": "Does the head learn, and do rows of predictions stay in the order of the pictures?",
            "moved": "The pretrained features were trained: none of their parameters may require gradients.",
        },
    )


def test_stronger_features_give_a_lower_loss(student, task):
    """On features that were pretrained the head reaches a lower loss than on features that were not, and
    choose_backbone picks them."""
    losses, results = {}, {}
    test = task.draw(breeds, 640, "held out")
    for name, state in (("weak", None), ("strong", breed_weights())):
        features = student.support.features(state, task.seed("features") % 1000)
        made, history = _trained(student, task, features, f"held out, {name} features")
        found = tensor(
            student.support.predict(made, test.images.float() / 255, task.device), (len(test.labels), CLASSES)
        )
        losses[name] = loss(found, test.labels)
        ends = mapping(history, ["train_loss", "valid_loss"], what="train's history")
        results[name] = {k: _last(ends[k], k) for k in ("train_loss", "valid_loss")}
    chosen = text(student.choose_backbone(results), what="choose_backbone's result")
    expect(
        chosen == "strong", f"choose_backbone picked {chosen!r}, whose validation loss is higher", got=results
    )
    task.judge(
        loss=losses["strong"],
        gain=losses["weak"] - losses["strong"],
        hints={
            "loss": "Does the head learn on the given features?",
            "gain": "The loss should be lower on pretrained features: does get_net keep the features it is given?",
        },
    )


def _last(values, name) -> float:
    found = sequence(values, what=f"the history's {name}")
    expect(
        bool(found) and isinstance(found[-1], (int, float)),
        f"the history's {name} holds no numbers",
        got=values,
    )
    return float(found[-1])
