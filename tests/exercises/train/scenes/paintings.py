"""Paintings without a subject, for style transfer: dense, glaring brush strokes in two colours, unlike any of the other sets."""

from __future__ import annotations

import torch
from torch import Tensor

from scenes.drawing import Dice, hsv, paint, to_bytes, waves

STROKES_PER_PIXEL = 0.22
HARDNESS = 9.0


def paintings(n: int, seed: int, *, size: int = 48) -> Tensor:
    """n paintings, uint8 (n, 3, size, size)."""
    dice = Dice("paintings", seed)
    hue = dice.uniform(n)
    bright = hsv(hue, dice.uniform(n, 0.5, 0.8), dice.uniform(n, 0.9, 1.0))
    dark = hsv((hue + dice.uniform(n, 0.35, 0.65)) % 1, dice.uniform(n, 0.8, 1.0), dice.uniform(n, 0.3, 0.5))
    strokes = waves(dice, n, size, size, count=3, highest=STROKES_PER_PIXEL * size, channels=1)[:, 0]
    canvas = paint(dark.expand(n, 3, size, size), bright, torch.sigmoid(HARDNESS * strokes))
    return to_bytes(canvas + 0.08 * waves(dice, n, size, size, highest=0.4 * size))
