"""Training tasks of 13.7: detectors of drawn bananas."""

import real
from detections import answers, overlap
from measures import net
from pictures import grid, with_boxes
from scenes.banana import bananas

from grader.checks import sequence

PROBE = 40
SMALL = {"smallest": 0.15, "largest": 0.35}


def _sizes(task):
    """(training pictures, epochs, batch size, side of a picture)"""
    return task.pick(cpu=(400, 10, 16, 64), gpu=(320, 10, 16, 256))


def _size(task) -> str:
    return task.pick(cpu="cpu", gpu="gpu")


def _bananas(task, count, purpose, **kind):
    """Drawn bananas, or photographed ones where they are asked for."""
    if not task.sets:
        return task.draw(bananas, count, purpose, **kind)
    part = "train" if purpose == "training" else "val"
    return task.draw(real.bananas, count, purpose, folder=task.sets["banana-detection"], part=part, **kind)


def _fitted(student, task, made, loss, rate, name, sizes=None, **kind):
    """Train on bananas, and detect those of held-out pictures. sizes: as _sizes has them"""
    count, epochs, batch_size, _ = sizes or _sizes(task)
    asked = task.pick(cpu=300, gpu=150)  # large pictures take long to draw
    train, probe, test = (
        _bananas(task, n, purpose, **kind)
        for n, purpose in ((count, "training"), (PROBE, "probe"), (asked, "held out"))
    )
    trials = student.support.fit(
        made,
        train.images,
        train.labels,
        loss,
        epochs,
        batch_size,
        rate,
        task.device,
        probe.images.float() / 255,
    )
    truth = probe.labels[:, 0, 1:].double()
    found = [answers(each, PROBE) for each in sequence(trials, what="the trials")]
    task.curve("mean IoU", name, [overlap(each.best, truth).mean() for each in found])
    return answers(student.support.detect(made, test.images, task.device), len(test.images)), test


def _show(task, test, found):
    cells = [with_boxes(test.images[i], test.labels[i, 0, 1:], found.best[i]) for i in range(12)]
    task.picture(
        "held-out pictures: true boxes green, found boxes orange",
        grid([cells[:6], cells[6:]], task.pick(cpu=2, gpu=1)),
    )


def _iou(found, test):
    return overlap(found.best, test.labels[:, 0, 1:].double())


def test_detector_learns_by_the_loss(student, task):
    """Trained with calc_loss, a small detector finds the banana of new pictures: class and box both get better."""
    side = _sizes(task)[3]
    made, loss = student.support.detector(_size(task)), student.function("calc_loss")
    found, test = _fitted(student, task, made, loss, 5e-3, "held out", size=side)
    _show(task, test, found)
    task.judge(
        iou=float(_iou(found, test).mean()),
        hints={
            "iou": "Both parts of the loss must reach the net: every anchor's class, and the offsets where there is an object."
        },
    )


def test_tiny_ssd_learns(student, task):
    """Trained by the course's loss, TinySSD finds the banana of new pictures."""
    # A picture costs TinySSD four times what it costs the course's net: fewer of them, in smaller batches, for as many steps.
    sizes = task.pick(cpu=(308, 8, 16, 64) if task.sets else (240, 8, 8, 64), gpu=(320, 10, 16, 256))
    made, loss = net(student.TinySSD(1), "TinySSD(1)"), student.support.function("plain_loss")
    found, test = _fitted(student, task, made, loss, 5e-3, "held out", sizes, size=sizes[3])
    _show(task, test, found)
    task.judge(
        iou=float(_iou(found, test).mean()),
        hints={
            "iou": "Row k of scores and offsets belongs to anchor k: at every scale, channels move last before flattening."
        },
    )


def test_hard_negatives_raise_recall(student, task):
    """Where bananas are small nearly every anchor is background. Keeping only the hardest of it, the detector dares to say
    banana where there is one, and not all over the picture."""
    side = _sizes(task)[3]
    loss = student.support.mined_loss(student.function("sample_negatives"))
    made = student.support.small_object_detector(_size(task))
    found, test = _fitted(student, task, made, loss, 5e-3, "held out", size=side, **SMALL)
    _show(task, test, found)
    sure = found.scores > 0.5
    hit = (_iou(found, test) > 0.5) & (found.scores.amax(1) > 0.5)
    task.judge(
        recall=float(hit.double().mean()),
        boxes=float(sure.double().sum(1).mean()),
        hints={
            "recall": "Hardly a banana scores above 0.5: are all positives kept, and only three negatives for each?",
            "boxes": "The detector sees bananas everywhere: keep the negatives with the highest loss.",
        },
    )
