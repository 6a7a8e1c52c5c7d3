"""One banana in each picture, for detection: any size, turn and place, before a cloudy background."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scenes.drawing import Dice, Frame, disc, hsv, paint, place, stroke, to_bytes, union, waves


@dataclass(frozen=True)
class Bananas:
    """images uint8 (n, 3, size, size); labels (n, 1, 5): class 0, x1, y1, x2, y2 as fractions of the image"""

    images: Tensor
    labels: Tensor


def bananas(n: int, seed: int, *, size: int = 64, smallest: float = 0.35, largest: float = 0.8) -> Bananas:
    """n pictures of a banana that is `smallest` to `largest` of the picture long."""
    dice = Dice("banana", seed)
    length = dice.uniform(n, smallest, largest)
    room = (0.9 - 0.9 * length).clamp(min=0)  # it stays inside the picture
    x, y = (0.05 + 0.45 * length + room * dice.uniform(n) for _ in range(2))
    frame = place(
        size, size, x=size * x, y=size * y, size=size * length, turn=dice.uniform(n, -math.pi, math.pi)
    )
    ink = frame.ink(_banana(frame))
    background = hsv(dice.uniform(n), dice.uniform(n, 0.1, 0.6), dice.uniform(n, 0.2, 0.8))
    clouds = 0.15 * waves(dice, n, size, size, count=6, highest=8)
    picture = paint(background + clouds, _peel(dice, frame, n), ink)
    picture = picture * dice.uniform(n, 0.6, 1.1)[:, None] + 0.03 * dice.normal(n, 3, size, size)
    return Bananas(to_bytes(picture), _boxes(ink > 0.5))


def _banana(frame: Frame) -> Tensor:
    crescent = torch.maximum(disc(frame.u, frame.v, 0, -0.35, 0.98), -disc(frame.u, frame.v, 0, -0.95, 1.15))
    return union(crescent, stroke(frame.u, frame.v, 0.88, -0.2, 0.97, -0.36, 0.06))


def _peel(dice: Dice, frame: Frame, n: int) -> Tensor:
    """Yellow, darker on the outside of the bend and at both ends."""
    yellow = hsv(dice.uniform(n, 0.11, 0.17), dice.uniform(n, 0.7, 0.95), dice.uniform(n, 0.8, 1.0))
    shade = 1 - 0.35 * ((frame.v - 0.1) / 0.6).clamp(0, 1)
    ends = torch.sigmoid(25 * (frame.u.abs() - 0.82))
    return yellow * (shade * (1 - 0.6 * ends))[:, None]


def _boxes(mask: Tensor) -> Tensor:
    """(n, H, W) bool → labels (n, 1, 5) of the boxes that enclose the masks."""
    sides = []
    for along in (mask.any(1), mask.any(2)):  # columns, rows
        size = along.shape[1]
        first = along.int().argmax(1)
        last = size - along.flip(1).int().argmax(1)
        sides.append((first / size, last / size))
    (x1, x2), (y1, y2) = sides
    return torch.stack((torch.zeros(len(mask)), x1, y1, x2, y2), dim=1)[:, None]
