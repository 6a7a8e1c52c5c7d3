"""Training tasks of 13.2: what was learned on the source breeds serves on the target breeds."""

from measures import accuracy, auc, correlation, net, scores, tried
from scenes.breeds import SOURCE, TARGET, breeds
from scenes.hotdog import hot_dogs
from weights_file import breed_weights, imagenet_weights

from grader.checks import expect, mapping, number, sequence
from grader.subject import StudentObject

CLASSES = len(TARGET)
LR = 1e-3
PROBE = 160
SIZES = 240, 8, 32
"""training pictures, epochs, batch size; the same on a GPU, because the pretrained net is the course's own small one"""


def _held_out(student, task, trained, test) -> float:
    """Accuracy on pictures the worker has no labels of."""
    found = student.support.predict(trained, test.images.float() / 255, task.device)
    return accuracy(scores(found, len(test.labels), CLASSES), test.labels)


def _fitted(student, task, made, groups, lr):
    """The course's training with the student's groups or frozen net; draws the accuracy on a probe."""
    count, epochs, batch_size = SIZES
    train = task.draw(breeds, count, "training")
    probe = task.draw(breeds, PROBE, "probe")
    trials = student.support.fit(
        made,
        train.images,
        train.labels,
        groups,
        lr,
        epochs,
        batch_size,
        task.device,
        probe.images.float() / 255,
    )
    found = [accuracy(t, probe.labels) for t in tried(trials, PROBE, CLASSES)]
    task.curve("accuracy", "held out", found)
    return found


def test_head_learns_faster_than_the_trunk(student, task):
    """Trained with the groups of param_groups, a net pretrained on other breeds soon tells the new breeds apart."""
    made = student.support.fresh_head(breed_weights(), CLASSES)
    _fitted(student, task, made, student.function("param_groups"), LR)
    task.judge(
        accuracy=_held_out(student, task, made, task.draw(breeds, 800, "held out")),
        hints={
            "accuracy": "The new head starts at random: it needs the larger rate, the pretrained trunk the small one."
        },
    )


def test_sweep_measures_what_it_trained(student, task):
    """lr_sweep reports the accuracy that its nets really have, and a far too large rate is visibly worse."""
    count, epochs, batch_size = SIZES
    train, test = task.draw(breeds, count, "training"), task.draw(breeds, 320, "test")
    support, lrs = student.support, [LR, 0.3]
    factory = support.factory(breed_weights(), CLASSES)
    claimed = mapping(
        student.lr_sweep(
            factory, support.dataset(train.images, train.labels), support.dataset(test.images, test.labels), lrs,
            epochs=epochs, batch_size=batch_size, device=task.device, seed=task.seed("sweep") % 1000,
        ),
        lrs, what="lr_sweep's result",
    )  # fmt: skip
    nets = _nets(support.made(factory), len(lrs))
    measured = [_held_out(student, task, n, test) for n in nets]
    held_out = [_held_out(student, task, n, task.draw(breeds, 800, "held out")) for n in nets]
    said = [number(claimed[lr], what=f"the accuracy at lr {lr}") for lr in lrs]
    task.judge(
        accuracy=held_out[0],
        drop=held_out[0] - held_out[1],
        error=max(abs(a - b) for a, b in zip(said, measured, strict=True)),
        hints={
            "error": "The reported accuracies are not those of the nets: measure each on the whole test set, in evaluation mode.",
            "drop": "A rate 300 times too large should ruin the pretrained weights: does every rate get a fresh net?",
        },
    )


def _nets(value, count) -> list[StudentObject]:
    found = sequence(value, what="the nets that were made")
    expect(
        len(found) == count,
        f"make_net was called {len(found)} times, wanted {count}: a fresh net for each run",
    )
    return [net(n, "make_net") for n in found]


def test_fine_tuning_beats_training_from_scratch(student, task):
    """With the same few pictures and epochs, the fine-tuned net of compare is far better than the one from scratch."""
    count, epochs, batch_size = SIZES
    train, test = task.draw(breeds, count, "training"), task.draw(breeds, 320, "test")
    support = student.support
    factories = [support.factory(state, CLASSES) for state in (breed_weights(), None)]
    configs = [
        {"name": name, "make_net": factory, "lr": lr, "param_group": group}
        for name, factory, lr, group in zip(
            ("fine-tuned", "scratch"), factories, (LR, 5 * LR), (True, False), strict=True
        )
    ]
    results = sequence(
        student.compare(
            configs, support.dataset(train.images, train.labels), support.dataset(test.images, test.labels),
            epochs=epochs, batch_size=batch_size, device=task.device, seed=task.seed("compare") % 1000,
        ),
        2, what="compare's result",
    )  # fmt: skip
    nets = [_nets(support.made(f), 1)[0] for f in factories]
    held_out = [_held_out(student, task, n, task.draw(breeds, 800, "held out")) for n in nets]
    errors = [
        abs(number(sequence(result, 3)[1 + k], what="an accuracy") - _held_out(student, task, n, part))
        for result, n in zip(results, nets, strict=True)
        for k, part in enumerate((train, test))
    ]
    task.judge(
        accuracy=held_out[0],
        gain=held_out[0] - held_out[1],
        error=max(errors),
        hints={
            "accuracy": "The fine-tuned net should use what its trunk knows: head at 10·lr, trunk at lr.",
            "gain": "The net from scratch is nearly as good: does it secretly begin with the pretrained weights?",
            "error": "The reported accuracies are not those of the nets, on all of the set, in evaluation mode.",
        },
    )


def test_frozen_trunk_serves_a_new_head(student, task):
    """With the trunk frozen, training the head alone reaches a good accuracy, and the trunk stays as it was."""
    made = student.support.fresh_head(breed_weights(), CLASSES)
    before = made.state().parameters
    frozen = net(student.freeze_trunk(made), "freeze_trunk")
    _fitted(student, task, frozen, None, 10 * LR)
    after = frozen.state().parameters
    trunk = [name for name in before if not name.startswith("fc.")]
    expect(all(name in after for name in trunk), "the frozen net has lost parameters")
    task.judge(
        accuracy=_held_out(student, task, frozen, task.draw(breeds, 800, "held out")),
        moved=max(float((after[n] - before[n]).abs().max()) for n in trunk),
        hints={
            "accuracy": "Something has to learn: the head must still require gradients.",
            "moved": "The trunk moved: none of its parameters may require gradients.",
        },
    )


def test_known_class_is_recognised_before_training(student, reference, task):
    """With the row of a known breed copied into its head, the net recognises that breed without any training, as well
    as the pretrained net did."""
    if task.sets:
        _hot_dog_is_recognised(student, task)
        return
    index = task.seed("breed") % len(SOURCE)
    made = student.support.one_of_many(breed_weights())
    started = net(
        student.head_from_class(made, student.support.source_head(breed_weights()), index, row=1),
        "head_from_class",
    )
    pictures = task.draw(breeds, 40 * len(SOURCE), "held out", kinds=SOURCE)
    found = student.support.predict(started, pictures.images.float() / 255, task.device)
    found = scores(found, len(pictures.labels), 2)
    margin = found[:, 1] - found[:, 0]
    before = reference.support.source_scores(breed_weights(), pictures.images.float() / 255, index)
    task.judge(
        auc=auc(margin, pictures.labels == index),
        likeness=correlation(margin, before),
        hints={
            "auc": "Copy weight and bias of the class's row into the given row of net.fc, and leave the other row alone.",
            "likeness": "The scores are those of another class: which row of the pretrained head belongs to it?",
        },
    )


HOT_DOG = 934  # ImageNet's number for it
SIDE = 96  # a net trained on photos of 224 pixels sees too little in drawings of 64


def _hot_dog_is_recognised(student, task):
    """The same with ImageNet's own weights and its class of hot dogs."""
    weights = imagenet_weights(task.sets["efficientnet-lite0"])
    made, head = student.support.one_of_imagenet(weights), student.support.imagenet_head(weights)
    started = net(student.head_from_class(made, head, HOT_DOG, row=1), "head_from_class")
    food = task.draw(hot_dogs, 200, "held out", size=SIDE)
    found = student.support.predict(started, food.images.float() / 255, task.device)
    found = scores(found, len(food.labels), 2)
    task.judge(
        auc=auc(found[:, 1] - found[:, 0], food.labels == 1),
        hints={
            "auc": "Copy weight and bias of the class's row into the given row of net.fc, and leave the other row alone."
        },
    )
