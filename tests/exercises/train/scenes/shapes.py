"""Geometric shapes before a cloudy background, for segmentation: four kinds, one or two in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scenes.drawing import Dice, disc, hsv, paint, place, polygon, rectangle, ring, to_bytes, waves

CLASSES = ("background", "disc", "square", "triangle", "ring")
_SHAPES = (
    lambda x, y: disc(x, y, 0, 0, 0.85),
    lambda x, y: rectangle(x, y, 0, 0, 0.72, 0.72),
    lambda x, y: polygon(x, y, (0, -0.9), (0.9, 0.75), (-0.9, 0.75)),
    lambda x, y: ring(x, y, 0, 0, 0.62, 0.24),
)
MOST = 2
NOWHERE = 9.0


@dataclass(frozen=True)
class Shapes:
    """images uint8 (n, 3, H, W); masks (n, H, W) of classes 0..4, 0 is the background"""

    images: Tensor
    masks: Tensor


def shapes(n: int, seed: int, *, height: int = 48, width: int = 64) -> Shapes:
    """n pictures with one shape on the left and perhaps another on the right."""
    dice = Dice("shapes", seed)
    ground = hsv(dice.uniform(n), dice.uniform(n, 0.1, 0.5), dice.uniform(n, 0.3, 0.7))
    picture = ground + 0.1 * waves(dice, n, height, width)
    masks = torch.zeros(n, height, width, dtype=torch.int64)
    count = 1 + dice.integers(n, MOST)
    for k in range(MOST):
        kind = dice.integers(n, len(_SHAPES))
        frame = place(
            height, width, x=width * (dice.uniform(n, 0.2, 0.4) + 0.4 * k), y=height * dice.uniform(n, 0.3, 0.7),
            size=height * dice.uniform(n, 0.5, 0.85), turn=dice.uniform(n, -0.4, 0.4),
        )  # fmt: skip
        distance = torch.empty(n, height, width)
        for label, shape in enumerate(_SHAPES):
            own = kind == label
            distance[own] = shape(frame.u[own], frame.v[own])
        distance[count <= k] = NOWHERE
        ink = frame.ink(distance)
        picture = paint(picture, _colour(dice, kind), ink)
        masks = torch.where(ink > 0.5, kind[:, None, None] + 1, masks)
    return Shapes(to_bytes(picture + 0.04 * dice.normal(n, 3, height, width)), masks)


def _colour(dice: Dice, kind: Tensor) -> Tensor:
    """The hue says something about the kind, but not all."""
    n = len(kind)
    hue = (kind[:, None, None] / len(_SHAPES) + 0.08 * dice.normal(n, 1, 1)) % 1
    return hsv(hue, dice.uniform(n, 0.5, 0.9), dice.uniform(n, 0.5, 1.0))
