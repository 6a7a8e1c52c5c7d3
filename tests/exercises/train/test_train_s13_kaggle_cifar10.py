"""Training tasks of 13.13: the whole of a Kaggle solution, on drawn things instead of CIFAR-10."""

import torch
from measures import accuracy, loss, scores, tried
from scenes.things import CLASSES, things

from grader.checks import expect, number, sequence, tensor
from grader.subject import StudentObject

PROBE = 150
WEIGHT_DECAY = 5e-4


def _sizes(task):
    """(training pictures, epochs, batch size, epochs between two decays)

    Batches are small so that loops which add the losses of a batch up, as the book does, and loops which average them
    both learn at the same rate.
    """
    return task.pick(cpu=(800, 8, 16, 4), gpu=(1200, 8, 16, 4))


def _net(student, task):
    return student.support.classifier(len(CLASSES), task.pick(cpu="cpu", gpu="gpu"), factor=1.0)


def _transform(student, name) -> StudentObject:
    found = getattr(student, name)()
    expect(
        isinstance(found, StudentObject) and found.callable, f"{name}() returns nothing that can be called"
    )
    return found


def _inputs(student, transform, images):
    found = student.support.transformed(transform, images)
    return tensor(found, (len(images), 3, *images.shape[2:]), what="the transformed pictures")


def test_kaggle_training_reaches_the_accuracy(student, task):
    """With its transforms and its training, the solution classifies new things, most of which face the other way."""
    # Crops and flips are learned more slowly than the pictures themselves. No size of its own on a GPU: with a loss that is
    # summed over the batch, which is right as well, a ResNet-18 diverged for one of two seeds.
    count, epochs, batch_size, period = 800, 10, 16, 5
    train, valid = task.draw(things, count, "training"), task.draw(things, PROBE, "validation", mirrored=0.5)
    test = task.draw(things, 1000, "held out", mirrored=0.7)
    support, plain = student.support, _transform(student, "transforms_test")
    made = _net(student, task)
    probe = _inputs(student, plain, torch.cat((train.images[:PROBE], valid.images)))
    labels = torch.cat((train.labels[:PROBE], valid.labels))

    watching = support.watch(made, count, epochs, probe)
    history = student.train(
        made,
        support.loader(train.images, train.labels, _transform(student, "transforms_train"), batch_size, True),
        support.loader(valid.images, valid.labels, plain, 64, False),
        epochs, 0.0125, WEIGHT_DECAY, support.device_of(task.device), period, 0.5,
    )  # fmt: skip
    trials = tried(support.finish(watching), 2 * PROBE, len(CLASSES))
    for part, what in ((slice(0, PROBE), "training"), (slice(PROBE, None), "held out")):
        task.curve("accuracy", what, [accuracy(t[part], labels[part]) for t in trials])
    task.curve("accuracy", "validation", _claims(history, "valid_acc"), claimed=True)
    found = support.predict(made, _inputs(student, plain, test.images), task.device)
    found = scores(found, len(test.labels), len(CLASSES))
    task.judge(
        accuracy=accuracy(found, test.labels),
        loss=loss(found, test.labels),
        hints={
            "accuracy": "Look at the validation curve: does it rise with the training curve? Mirrored pictures help here.",
            "loss": "The net is often right and yet unsure: the cross entropy wants raw scores, its softmax is inside.",
        },
    )


def _claims(history, name):
    """What the student's history says, as far as it is numbers."""
    values = history.get(name, ()) if isinstance(history, dict) else ()
    return (
        [float(v) for v in values if isinstance(v, (int, float))] if isinstance(values, (list, tuple)) else []
    )


def test_without_augmentation_the_gap_opens(student, task):
    """Trained without augmentation, the net knows its training pictures and far fewer new ones, and
    train_without_aug reports both accuracies as they are."""
    count, epochs, batch_size, period = _sizes(task)
    train, valid = task.draw(things, count, "training"), task.draw(things, 300, "validation", mirrored=0.7)
    test = task.draw(things, 1000, "held out", mirrored=0.7)
    support, made = student.support, _net(student, task)
    claimed = sequence(
        student.train_without_aug(
            support.pairs(train.images, train.labels), support.pairs(valid.images, valid.labels), made,
            epochs, 0.0125, WEIGHT_DECAY, support.device_of(task.device), period, 0.5, batch_size=batch_size,
        ),
        2, what="train_without_aug's result",
    )  # fmt: skip
    plain = _transform(student, "transforms_test")
    measured = [_accuracy(student, task, made, plain, part) for part in (train, valid, test)]
    said = [number(c, what="an accuracy") for c in claimed]
    task.judge(
        gap=measured[0] - measured[2],
        error=max(abs(said[0] - measured[0]), abs(said[1] - measured[1])),
        hints={
            "gap": "The net should learn its pictures by heart: is something still augmented, or is it hardly trained?",
            "error": "Measure the trained net on all of each set, in evaluation mode: training set, then validation set.",
        },
    )


def _accuracy(student, task, made, transform, part) -> float:
    found = student.support.predict(made, _inputs(student, transform, part.images), task.device)
    return accuracy(scores(found, len(part.labels), len(CLASSES)), part.labels)
