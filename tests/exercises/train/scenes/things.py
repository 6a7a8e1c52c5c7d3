"""Ten kinds of things, for classification; up, down and direction matter.

The kinds come in five pairs that look alike. The first of a pair faces right and the second left, but a detail tells
them apart, not the direction: whoever learns the direction instead of the detail fails on mirrored pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from scenes.drawing import (
    Dice,
    Frame,
    disc,
    ellipse,
    hsv,
    paint,
    place,
    polygon,
    rectangle,
    ring,
    stroke,
    to_bytes,
    union,
    waves,
)  # fmt: skip

Shape = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Things:
    """images uint8 (n, 3, size, size); labels (n,) 0..9; mirrored (n,) bool: faces the other way than in training"""

    images: Tensor
    labels: Tensor
    mirrored: Tensor


def _fish(x: Tensor, y: Tensor) -> Tensor:
    return union(ellipse(x, y, 0.2, 0.05, 0.75, 0.5), polygon(x, y, (-1, -0.5), (-0.35, 0.05), (-1, 0.6)))


def _whale(x: Tensor, y: Tensor) -> Tensor:
    tail = polygon(x, y, (1, 0.6), (0.35, 0.05), (1, -0.5))
    fin = polygon(x, y, (-0.1, -0.95), (0.25, -0.2), (-0.45, -0.2))
    return union(ellipse(x, y, -0.2, 0.05, 0.75, 0.5), tail, fin)


def _mug(x: Tensor, y: Tensor) -> Tensor:
    return union(rectangle(x, y, -0.25, 0, 0.5, 0.7), ring(x, y, 0.36, 0, 0.36, 0.12))


def _jug(x: Tensor, y: Tensor) -> Tensor:
    body = polygon(x, y, (0, -0.8), (0.5, -0.8), (0.85, 0.8), (-0.35, 0.8))
    return union(body, ring(x, y, -0.3, 0, 0.36, 0.12))


def _flag(x: Tensor, y: Tensor) -> Tensor:
    return union(stroke(x, y, -0.6, -0.9, -0.6, 0.95, 0.1), rectangle(x, y, 0.1, -0.45, 0.7, 0.42))


def _pennant(x: Tensor, y: Tensor) -> Tensor:
    cloth = polygon(x, y, (0.6, -0.95), (0.6, 0.15), (-0.85, -0.4))
    return union(stroke(x, y, 0.6, -0.9, 0.6, 0.95, 0.1), cloth)


def _boat(x: Tensor, y: Tensor) -> Tensor:
    hull = polygon(x, y, (-1, 0.3), (1, 0.3), (0.55, 0.85), (-0.6, 0.85))
    return union(hull, polygon(x, y, (-0.2, -0.95), (0.85, 0.15), (-0.2, 0.15)))


def _junk(x: Tensor, y: Tensor) -> Tensor:
    hull = polygon(x, y, (-1, 0.3), (1, 0.3), (0.6, 0.85), (-0.55, 0.85))
    return union(hull, rectangle(x, y, -0.3, -0.38, 0.45, 0.52))


def _key(x: Tensor, y: Tensor) -> Tensor:
    bits = [stroke(x, y, at, 0, at, depth, 0.1) for at, depth in ((0.55, 0.45), (0.9, 0.5))]
    return union(ring(x, y, -0.55, 0, 0.34, 0.14), stroke(x, y, -0.2, 0, 0.95, 0, 0.11), *bits)


def _pan(x: Tensor, y: Tensor) -> Tensor:
    return union(disc(x, y, 0.4, 0, 0.55), stroke(x, y, 0, 0, -0.95, 0, 0.13))


KINDS: dict[str, Shape] = {
    "fish": _fish, "whale": _whale, "mug": _mug, "jug": _jug, "flag": _flag,
    "pennant": _pennant, "boat": _boat, "junk": _junk, "key": _key, "pan": _pan,
}  # fmt: skip
CLASSES = tuple(KINDS)


def things(
    n: int, seed: int, *, mirrored: float = 0.0, size: int = 32, kinds: tuple[str, ...] = CLASSES
) -> Things:
    """n pictures of some kinds; `mirrored` is the share that faces the other way."""
    dice = Dice("things", seed)
    labels, mirror = dice.balanced(n, len(kinds)), dice.coin(n, mirrored)
    frame = place(
        size, size, x=size * dice.uniform(n, 0.44, 0.56), y=size * dice.uniform(n, 0.44, 0.56),
        size=size * dice.uniform(n, 0.75, 0.95), turn=dice.uniform(n, -0.12, 0.12),
    )  # fmt: skip
    u = torch.where(mirror, -frame.u, frame.u)
    distance = torch.empty_like(u)
    for label, kind in enumerate(kinds):
        own = labels == label
        distance[own] = KINDS[kind](u[own], frame.v[own])
    picture = _coloured(dice, frame, distance, n, size)
    return Things(to_bytes(picture), labels, mirror.reshape(n))


def _coloured(dice: Dice, frame: Frame, distance: Tensor, n: int, size: int) -> Tensor:
    """A bright thing before a dark, cloudy background, in any colours."""
    dark = dice.uniform(n, 0.1, 0.4)
    bright = dark + dice.uniform(n, 0.35, 0.55)
    background = hsv(dice.uniform(n), dice.uniform(n, 0.2, 0.8), dark) + 0.06 * waves(dice, n, size, size)
    thing = hsv(dice.uniform(n), dice.uniform(n, 0.1, 0.5), bright) + 0.06 * waves(dice, n, size, size)
    picture = paint(background, thing, frame.ink(distance))
    return picture + 0.03 * dice.normal(n, 3, size, size)
