"""Dogs' faces, for fine-tuning: a breed is a coat, how fine its pattern is, and the shape of the ears.

Two sets share coats and ears but not the fineness of the pattern: 24 source breeds, many pictures, to pretrain on, and
16 target breeds, few pictures. What is learned on the first helps on the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from scenes.drawing import Dice, Frame, disc, ellipse, hsv, paint, place, polygon, to_bytes, union, waves

COATS = ("striped", "spotted", "patched", "brindled")
EARS = ("floppy", "pointy")


@dataclass(frozen=True)
class Breed:
    coat: str
    fineness: float
    ears: str

    @property
    def name(self) -> str:
        return f"{self.coat}-{self.fineness:g}-{self.ears}"


SOURCE = tuple(Breed(c, f, e) for c, f, e in product(COATS, (3.0, 5.0, 9.0), EARS))
TARGET = tuple(Breed(c, f, e) for c, f, e in product(COATS, (4.0, 7.0), EARS))


@dataclass(frozen=True)
class Dogs:
    """images uint8 (n, 3, size, size); labels (n,): index of the breed"""

    images: Tensor
    labels: Tensor


def breeds(n: int, seed: int, *, kinds: tuple[Breed, ...] = TARGET, size: int = 40) -> Dogs:
    """n portraits, each breed equally often."""
    dice = Dice("breeds", seed)
    labels = dice.balanced(n, len(kinds))
    frame = place(
        size, size, x=size * dice.uniform(n, 0.45, 0.55), y=size * dice.uniform(n, 0.47, 0.57),
        size=size * dice.uniform(n, 0.75, 0.98), turn=dice.uniform(n, -0.2, 0.2),
    )  # fmt: skip
    ground = hsv(dice.uniform(n), dice.uniform(n, 0.1, 0.5), dice.uniform(n, 0.2, 0.9))
    picture = ground + 0.12 * waves(dice, n, size, size)
    ears = torch.tensor([EARS.index(k.ears) for k in kinds])[labels][:, None, None]
    picture = paint(picture, _fur(dice, labels, kinds, size), frame.ink(_head(frame, ears)))
    picture = paint(picture, torch.zeros(3, 1, 1), frame.ink(_eyes_and_nose(frame)))
    return Dogs(to_bytes(picture + 0.05 * dice.normal(n, 3, size, size)), labels)


def _head(frame: Frame, ears: Tensor) -> Tensor:
    u, v = frame.u, frame.v
    floppy = union(ellipse(u, v, -0.78, 0.1, 0.2, 0.5), ellipse(u, v, 0.78, 0.1, 0.2, 0.5))
    left = polygon(u, v, (-0.7, -1), (-0.2, -0.5), (-0.7, -0.05))
    right = polygon(u, v, (0.7, -1), (0.7, -0.05), (0.2, -0.5))
    return union(ellipse(u, v, 0, 0.1, 0.72, 0.78), torch.where(ears == 0, floppy, union(left, right)))


def _eyes_and_nose(frame: Frame) -> Tensor:
    u, v = frame.u, frame.v
    return union(disc(u, v, -0.28, 0, 0.1), disc(u, v, 0.28, 0, 0.1), ellipse(u, v, 0, 0.45, 0.17, 0.11))


def _fur(dice: Dice, labels: Tensor, kinds: tuple[Breed, ...], size: int) -> Tensor:
    """Two colours of nearly the same hue, light and dark, by the coat's pattern: (n, 3, size, size)."""
    n = len(labels)
    coat = torch.tensor([COATS.index(k.coat) for k in kinds])[labels]
    fineness = torch.tensor([k.fineness for k in kinds])[labels][:, None, None] * dice.uniform(n, 0.9, 1.1)
    hue = dice.uniform(n)
    light = hsv(hue, dice.uniform(n, 0.3, 0.7), dice.uniform(n, 0.65, 0.95))
    other_hue = (hue + dice.uniform(n, -0.1, 0.1)) % 1
    dark = hsv(other_hue, dice.uniform(n, 0.3, 0.7), dice.uniform(n, 0.1, 0.4))
    return paint(light, dark, _pattern(dice, coat, fineness, size))


def _pattern(dice: Dice, coat: Tensor, fineness: Tensor, size: int) -> Tensor:
    """0..1, (n, size, size): how dark the fur is."""
    n = len(coat)
    angle, first, second = (dice.uniform(n, 0, end) for end in (math.pi, 2 * math.pi, 2 * math.pi))
    y, x = torch.arange(size)[:, None] / size, torch.arange(size) / size
    a = 2 * math.pi * fineness * (angle.cos() * x + angle.sin() * y)
    b = 2 * math.pi * fineness * (angle.cos() * y - angle.sin() * x)
    fields = (
        torch.sin(a + first),
        2 * torch.sin(a + first) * torch.sin(b + second) - 0.6,
        torch.sin(0.5 * a + first + 2 * torch.sin(0.5 * b + second)),
        torch.sin(a + first + 1.5 * torch.sin(0.6 * b + second)),
    )
    pattern = torch.empty(n, size, size)
    for kind, field in enumerate(fields):
        pattern[coat == kind] = torch.sigmoid(6 * field)[coat == kind]
    return pattern
