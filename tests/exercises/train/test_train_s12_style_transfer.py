"""Training tasks of 13.12: what is trained is a picture. Nothing it is said to be counts: its losses are measured here.

Pictures are (3, H, W) in 0..1. `far`, `odd` and `noise` are the content, style and total variation losses of one.
"""

import torch
from pictures import grid
from scenes.paintings import paintings
from scenes.things import things
from torch import Tensor

from grader.checks import sequence, tensor

PARTS = ("extract_features", "content_loss", "gram", "style_loss", "tv_loss")
LOSSES = ("content", "style", "noise")
LOW_MIDDLE_HIGH = (0.05, 1.0, 20.0)
SCENES = 2


class Scene:
    """A thing, a painting, a start and a net with random filters; on the trusted side, what the losses are there."""

    def __init__(self, task, reference, number=0):
        self.size, self.side = task.pick(cpu="cpu", gpu="gpu"), task.pick(cpu=48, gpu=320)
        of = f" {number}"
        self.content = task.draw(things, 1, "content" + of, size=self.side).images[0].float() / 255
        self.style = task.draw(paintings, 1, "style" + of, size=self.side)[0].float() / 255
        self.start = task.draw(_noise, 1, "start" + of, side=self.side)
        self.net_seed = task.seed("net" + of)
        self._device = task.pick(cpu="cpu", gpu=task.here)
        self._measure, self._net = (
            reference.support.measure,
            reference.support.feature_net(self.net_seed, self.size),
        )

    def losses(self, image: Tensor) -> list[float]:
        """[content, style, total variation] of an image, without weights."""
        return self._measure(self._net, self.size, self.content, self.style, image, self._device)

    def weights(self, *shares: float) -> tuple[float, ...]:
        """Weights that make each part of the loss this large at the start."""
        return tuple(s / loss for s, loss in zip(shares, self.losses(self.start), strict=True))


def _noise(n: int, seed: int, *, side: int) -> Tensor:
    return torch.rand(3, side, side, generator=torch.Generator().manual_seed(seed))


def _steps(task):
    """(steps, learning rate)"""
    return task.pick(cpu=(48, 0.1), gpu=(96, 0.1))


def _image(value, scene) -> Tensor:
    side = scene.side
    return tensor(value, (3, side, side), what="the painted picture").float().clamp(0, 1)


def _painted(support, task, scene, loss, device) -> list[Tensor]:
    """What descending on a loss makes of the start: proved pictures, the last one is the result."""
    looks = support.paint(loss, scene.start, *_steps(task), device)
    return [_image(look, scene) for look in sequence(looks, what="the pictures on the way")]


def _loss(owner, support, scene, weights, device):
    """The loss of somebody's own parts, in their process."""
    net = support.feature_net(scene.net_seed, scene.size)
    parts = [owner.function(name) for name in PARTS]
    return support.by_parts(parts, net, scene.size, scene.content, scene.style, weights, device)


def _show(task, caption, *pictures):
    shown = [(p.clamp(0, 1) * 255).round().byte() for p in pictures]
    task.picture(caption, grid([shown], task.pick(cpu=3, gpu=1)))


def test_losses_paint_a_picture(student, reference, task):
    """From noise, descending on the student's losses leads as near to the content, to the style and to calm as
    descending on the reference's."""
    ratios, weights = [], (1.0, 1.0, 1.0)
    for number in range(SCENES):
        scene = Scene(task, reference, number)
        chosen = scene.weights(*weights)
        own, best = (
            _painted(who.support, task, scene, _loss(who, who.support, scene, chosen, device), device)
            for who, device in ((student, task.device), (reference, task.here))
        )
        ratios.append([a / b for a, b in zip(scene.losses(own[-1]), scene.losses(best[-1]), strict=True)])
        if number == 0:
            start = scene.losses(own[0])
            for k, name in enumerate(LOSSES):
                task.curve(
                    "loss, as a share of the start's", name, [scene.losses(p)[k] / start[k] for p in own]
                )
            _show(task, "content, style, painted", scene.content, scene.style, own[-1])
    task.judge(
        **{name: sum(r[k] for r in ratios) / SCENES for k, name in enumerate(LOSSES)},
        hints={
            "content": "Does the content loss compare the right layers, and does its gradient reach the picture?",
            "style": "Does the style loss compare Gram matrices, channels by channels, and does its gradient reach the picture?",
            "noise": "Does the total variation's gradient reach the picture, and is each loss a mean, not a sum?",
        },
    )  # fmt: skip


def test_each_weight_lowers_its_own_loss(student, reference, task):
    """The larger a weight of compute_loss, the lower what it weighs: with the large weight its loss ends below what the small
    one leaves."""
    scene, support, total = Scene(task, reference), student.support, student.function("compute_loss")
    net = support.feature_net(scene.net_seed, scene.size)

    def result(shares):
        chosen = scene.weights(*shares)
        loss = support.by_total(total, net, scene.size, scene.content, scene.style, chosen, task.device)
        return _painted(support, task, scene, loss, task.device)[-1]

    low, middle, high = LOW_MIDDLE_HIGH
    even, found, shown = result([middle] * len(LOSSES)), {}, []
    for k, name in enumerate(LOSSES):
        less, more = (result([w if i == k else middle for i in range(len(LOSSES))]) for w in (low, high))
        values = [scene.losses(image)[k] for image in (less, even, more)]
        task.curve("loss with a small, a middle and a large weight", name, values)
        # From small to large alone: near its end a loss falls so slowly that from the middle on little may be left to gain.
        found[name] = values[0] / max(values[-1], 1e-12)
        shown += [less, more]
    _show(
        task,
        "content, style, painted; then a small and a large weight of each loss: content, style, noise",
        scene.content,
        scene.style,
        even,
        *shown,
    )
    task.judge(
        **found,
        hints={
            "content": "A larger content weight leaves the content loss as it is: weights is (content, style, tv).",
            "style": "A larger style weight leaves the style loss as it is: weights is (content, style, tv).",
            "noise": "A larger total variation weight leaves the noise as it is: does the total contain all parts?",
        },
    )


def test_pictures_are_painted_in_another_style(student, reference, task):
    """stylise paints new pictures: their total loss comes down as far as with the reference's stylise."""
    ratios, shown = [], []
    for number in range(SCENES):
        scene = Scene(task, reference, number)
        far, odd = scene.losses(scene.style)[0], scene.losses(scene.content)[1]
        weights = (1 / far, 2 / odd, 0.2)
        images = [
            _stylised(who, task, scene, weights, device)
            for who, device in ((student, task.device), (reference, task.here))
        ]
        own, best = (sum(w * v for w, v in zip(weights, scene.losses(i), strict=True)) for i in images)
        ratios.append(own / best)
        shown += [scene.content, scene.style, images[0]]
    _show(task, "content, style, painted; twice", *shown)
    task.judge(
        total=sum(ratios) / SCENES,
        hints={
            "total": "Compute the total anew in every step, and step on the picture: content's features, style's Gram matrices."
        },
    )


def _stylised(owner, task, scene, weights, device) -> Tensor:
    """What somebody's stylise makes of the scene's two pictures."""
    steps, lr = _steps(task)
    net = owner.support.feature_net(scene.net_seed, scene.size)
    value = owner.support.stylised(
        owner.function("stylise"),
        scene.content,
        scene.style,
        net,
        scene.size,
        weights,
        steps,
        lr,
        device,
    )
    return _image(value, scene)
