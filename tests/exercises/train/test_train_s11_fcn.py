"""Training tasks of 13.11: segmentation of drawn shapes."""

import torch
from measures import UNLABELLED, masks, mean_iou, near_borders, net
from pictures import grid, mask_picture
from scenes.shapes import CLASSES, shapes

from grader.checks import expect, sequence

CLASS_COUNT = len(CLASSES)
PROBE = 40
BORDER = 2


def _sizes(task):
    """(training pictures, epochs, batch size, learning rate)"""
    return task.pick(cpu=(360, 10, 16, 0.01), gpu=(200, 12, 16, 1e-3))


def _shapes(task, count, purpose):
    return task.draw(shapes, count, purpose, **task.pick(cpu={}, gpu={"height": 320, "width": 480}))


def _asked(task, count):
    """(pictures to try the net on after every epoch, held-out ones): large ones take long to draw, and have more pixels."""
    return task.pick(cpu=(PROBE, count), gpu=(12, 60))


def _size(task) -> str:
    return task.pick(cpu="cpu", gpu="gpu")


def _curve(task, trials, probe, name):
    found = []
    for each in sequence(trials, what="the trials"):
        found.append(mean_iou(masks(each, probe.masks), probe.masks, CLASS_COUNT))
    task.curve("mean IoU", name, found)


def _segmented(student, task, trained, test):
    return masks(student.support.segment(trained, test.images, task.device), test.masks)


def _show(task, caption, test, *found):
    chosen = range(6)
    rows = [[test.images[i] for i in chosen], [mask_picture(test.masks[i]) for i in chosen]]
    rows += [[mask_picture(each[i]) for i in chosen] for each in found]
    task.picture(caption, grid(rows, task.pick(cpu=2, gpu=1)))


def test_bilinear_upsampling_starts_ahead(student, task):
    """As long as the transposed convolution keeps its first weights, bilinear ones give far better masks than Xavier's."""
    count, epochs, batch_size, lr = task.pick(cpu=(300, 3, 16, 0.01), gpu=(200, 6, 16, 1e-3))
    tried, asked = _asked(task, 200)
    train, probe, test = (
        _shapes(task, count, "training"),
        _shapes(task, tried, "probe"),
        _shapes(task, asked, "held out"),
    )
    support, found = student.support, {}
    for how in ("bilinear", "xavier"):
        trunk = support.backbone(size=_size(task))
        made = net(student.build_fcn(trunk, CLASS_COUNT, task.pick(cpu=8, gpu=32)), "build_fcn")
        made = net(student.init_upsampling(made, how), "init_upsampling")
        layers = support.freeze_upsampling(made)
        expect(
            isinstance(layers, int) and layers > 0,
            "the network has no transposed convolution (nn.ConvTranspose2d)",
        )
        watching = support.watch_classes(made, count // 2, 2 * epochs, probe.images)
        support.fit(
            made, train.images, train.masks.to(torch.uint8), epochs, batch_size, lr, task.device, False
        )
        _curve(task, support.finish(watching), probe, how)
        found[how] = _segmented(student, task, made, test)
    _show(task, "pictures, true masks, bilinear, Xavier", test, found["bilinear"], found["xavier"])
    bilinear, xavier = (mean_iou(found[how], test.masks, CLASS_COUNT) for how in ("bilinear", "xavier"))
    task.judge(
        bilinear=bilinear,
        gain=bilinear - xavier,
        hints={
            "bilinear": "Does init_upsampling fill the layer in the network, and does each channel enlarge only itself?",
            "gain": "Xavier's start should be far behind: does init_upsampling treat both the same?",
        },
    )


def test_training_segments_new_pictures(student, task):
    """train_fcn makes a net that segments new pictures; answering background everywhere is not enough."""
    # No size of its own on a GPU: masks cropped apart from their pictures (0.60) trained as well as right code (0.595 and more).
    count, epochs, batch_size, lr = _sizes(task)
    tried, asked = _asked(task, 300)
    train, probe, test = (
        _shapes(task, count, "training"),
        _shapes(task, tried, "probe"),
        _shapes(task, asked, "held out"),
    )
    labels = train.masks.to(torch.uint8)
    labels[:, :2] = UNLABELLED  # as Pascal VOC leaves some pixels unlabelled
    made = student.support.plain_fcn(CLASS_COUNT, _size(task))
    watching = student.support.watch_classes(made, count, epochs, probe.images)
    trained = net(
        student.train_fcn(
            student.support.dataset(train.images, labels), net=made, epochs=epochs, batch_size=batch_size, lr=lr,
            device=task.device,
        ),
        "train_fcn",
    )  # fmt: skip
    _curve(task, student.support.finish(watching), probe, "held out")
    found = _segmented(student, task, trained, test)
    _show(task, "pictures, true masks, the trained net's", test, found)
    task.judge(
        iou=mean_iou(found, test.masks, CLASS_COUNT),
        hints={
            "iou": "Do image and mask stay together? Is the softmax over the classes, and is every parameter trained?"
        },
    )


def test_skips_sharpen_the_borders(student, task):
    """Trained like the plain network, the one with skips segments better, and most of all close to borders."""
    count, epochs, batch_size, lr = task.pick(cpu=(300, 9, 16, 0.01), gpu=_sizes(task))
    tried, asked = _asked(task, 300)
    train, probe, test = (
        _shapes(task, count, "training"),
        _shapes(task, tried, "probe"),
        _shapes(task, asked, "held out"),
    )
    support, found, labels = student.support, {}, train.masks.to(torch.uint8)
    made = {
        "with skips": net(student.FCNSkip(support.stages(_size(task)), CLASS_COUNT), "FCNSkip(…)"),
        "plain": support.plain_fcn(CLASS_COUNT, _size(task)),
    }
    for name, each in made.items():
        watching = support.watch_classes(each, count, epochs, probe.images)
        support.fit(each, train.images, labels, epochs, batch_size, lr, task.device)
        _curve(task, support.finish(watching), probe, name)
        found[name] = _segmented(student, task, each, test)
    _show(task, "pictures, true masks, with skips, plain", test, *found.values())
    iou = {name: mean_iou(each, test.masks, CLASS_COUNT) for name, each in found.items()}
    border = near_borders(test.masks, BORDER)
    sharp = {name: float((each == test.masks)[border].double().mean()) for name, each in found.items()}
    task.judge(
        iou=iou["with skips"],
        border=sharp["with skips"],
        gain=sharp["with skips"] - sharp["plain"],
        hints={
            "iou": "Do the scores of every stage reach the output, each enlarged to the size of the stage before?",
            "border": "Near borders the finer stages decide: are their scores added?",
            "gain": "The borders are no sharper than without skips: do the finer stages' scores reach the output?",
        },
    )
