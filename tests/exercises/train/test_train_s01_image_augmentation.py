"""Training tasks of 13.1: augmentation that teaches what the training pictures do not show."""

from dataclasses import replace

import real
import torch
from measures import accuracy, loss, net, scores, tried
from scenes.things import CLASSES, things

from grader.checks import expect
from grader.subject import StudentObject

PROBE = 150  # pictures of each kind on which the net is tried after every epoch


def _sizes(task):
    """(training pictures, epochs, batch size, learning rate)"""
    return task.pick(cpu=(1000, 15, 64, 3e-3), gpu=(2000, 8, 128, 1e-3))


# The book's form of train_with_data_aug takes two augmentations and a net, loads CIFAR-10 itself and decides on epochs and
# batches: with its ten epochs of batches of 256 it needs more pictures for as many steps.
BOOK_PICTURES, BOOK_EPOCHS, BOOK_LR = 3000, 10, 3e-3


def _along_the_book(student) -> bool:
    names = student.parameters("train_with_data_aug")
    return names[2:3] == ["net"] and not {"train_set", "epochs", "batch_size"} & set(names)


def _pictures(task, count, purpose, **options):
    """Drawn things, or CIFAR-10 where it is asked for; then `mirrored` ones are its test pictures, mirrored."""
    if not task.sets:
        return task.draw(things, count, purpose, **options)
    part = "train" if purpose == "training" else "test"
    return task.draw(real.cifar10, count, purpose, folder=task.sets["cifar-10"], part=part, **options)


def _net(student, task):
    return student.support.classifier(len(CLASSES), task.pick(cpu="cpu", gpu="gpu"))


def _measured(student, task, trained, test):
    """(accuracy, accuracy on mirrored things, mean loss) on pictures the worker has no labels of."""
    found = student.support.predict(
        net(trained, "train_with_data_aug"), test.images.float() / 255, task.device
    )
    found = scores(found, len(test.labels), len(CLASSES))
    mirrored = accuracy(found[test.mirrored], test.labels[test.mirrored])
    return accuracy(found, test.labels), mirrored, loss(found, test.labels)


def _augmentation(student, name) -> StudentObject:
    found = getattr(student, name)()
    expect(
        isinstance(found, StudentObject) and found.callable, f"{name}() returns nothing that can be called"
    )
    return found


def _trained(student, task, name, train_set, probe, epochs):
    """The net that train_with_data_aug returns for one augmentation, and what it was on the way."""
    count, _, batch_size, lr = _sizes(task)
    made, augment = _net(student, task), _augmentation(student, name)
    watching = student.support.watch(made, count, epochs, probe.to(torch.float32) / 255)
    trained = student.train_with_data_aug(
        train_set, augment, made, epochs=epochs, batch_size=batch_size, lr=lr, device=task.device
    )
    return trained, tried(student.support.finish(watching), len(probe), len(CLASSES))


def _trained_along_the_book(student, task, name, train, test, probe):
    """The same for the book's form, on CIFAR-10 as it is served; it need not return the net."""
    made, augment, plain = _net(student, task), _augmentation(student, name), _augmentation(student, "no_aug")
    watching = student.support.watch(made, BOOK_PICTURES, BOOK_EPOCHS, probe.to(torch.float32) / 255)
    student.support.serve_cifar10(train.images, train.labels, test.images, test.labels)
    rate = {"lr": BOOK_LR} if "lr" in student.parameters("train_with_data_aug") else {}
    student.train_with_data_aug(augment, plain, made, **rate)
    return made, tried(student.support.finish(watching), len(probe), len(CLASSES))


def test_flips_teach_the_other_direction(student, task):
    """In the training pictures every thing faces one way. Trained with random flips, the net also knows those that
    face the other way; trained without, it does not."""
    count, epochs, _, _ = _sizes(task)
    book = _along_the_book(student)
    train = _pictures(task, BOOK_PICTURES if book else count, "training")
    test = _pictures(task, 1000, "held out", mirrored=0.5)
    beside = _pictures(task, PROBE, "probe", mirrored=0.5)
    probe, labels = (
        torch.cat((train.images[:PROBE], beside.images)),
        torch.cat((train.labels[:PROBE], beside.labels)),
    )
    train_set = None if book else student.support.labelled(train.images, train.labels)

    results = {}
    for name, said in (("flip_aug", "with flips"), ("no_aug", "without")):
        trained, trials = (
            _trained_along_the_book(student, task, name, train, beside, probe)
            if book
            else _trained(student, task, name, train_set, probe, epochs)
        )
        results[name] = _measured(student, task, trained, test)
        for part, what in ((slice(0, PROBE), "training"), (slice(PROBE, None), "held out")):
            task.curve("accuracy", f"{what}, {said}", [accuracy(t[part], labels[part]) for t in trials])
    (right, mirrored, mean_loss), (without, _, _) = results["flip_aug"], results["no_aug"]
    task.judge(
        accuracy=right,
        mirrored=mirrored,
        loss=mean_loss,
        gain=right - without,
        hints={
            "accuracy": "Does every picture keep its own label? Does the optimiser step on all parameters of the net?",
            "mirrored": "The net knows one direction only: is flip_aug used, and does it exchange left and right?",
            "loss": "The net is often right and yet unsure: the cross entropy wants raw scores, its softmax is inside.",
            "gain": "With flips the net should be right more often than without: does train_with_data_aug use `augment`?",
        },
    )


KINDS = ("flag", "boat")  # what is as easily told when a tenth of the picture is left, as the book crops it
UPSIDE_DOWN = len(KINDS)  # label k + UPSIDE_DOWN: thing k, upside down


def compass(n, seed, **options):
    """Things of which every other one stands on its head; four classes, because up and down belong to the label."""
    made = things(n, seed, kinds=KINDS, **options)
    over = torch.arange(n) % 2 == 1
    images = torch.where(over[:, None, None, None], made.images.flip(2), made.images)
    return replace(made, images=images, labels=made.labels + UPSIDE_DOWN * over)


def test_combination_teaches_and_keeps_up_from_down(student, task):
    """Trained with combined_aug, a net knows new things, whichever way they face, and which side of them is up."""
    # No size of its own on a GPU: a ResNet-18 of as few steps as were tried learned too little from shifts and colours.
    count, epochs, batch_size, lr = 480, 10, 32, 4e-3
    train = task.draw(compass, count, "training")
    test = task.draw(compass, 1000, "held out", mirrored=0.5)
    probe = task.draw(compass, PROBE, "probe", mirrored=0.5)
    support, augment = student.support, _augmentation(student, "combined_aug")
    made = support.classifier(2 * UPSIDE_DOWN, factor=1.0)
    watching = support.watch(made, count, epochs, probe.images.float() / 255)
    support.train_augmented(made, train.images, train.labels, augment, epochs, batch_size, lr, task.device)
    trials = tried(support.finish(watching), PROBE, 2 * UPSIDE_DOWN)
    task.curve("accuracy", "held out", [accuracy(t, probe.labels) for t in trials])
    answer = support.predict(made, test.images.float() / 255, task.device)
    found = scores(answer, len(test.labels), 2 * UPSIDE_DOWN)
    task.judge(
        upright=float(((found.argmax(1) >= UPSIDE_DOWN) == (test.labels >= UPSIDE_DOWN)).double().mean()),
        accuracy=accuracy(found, test.labels),
        hints={
            "upright": "The net confuses things with things upside down: does an operation turn pictures over?",
            "accuracy": "The net learns little: is an operation so strong that a person would not know the thing either?",
        },
    )
