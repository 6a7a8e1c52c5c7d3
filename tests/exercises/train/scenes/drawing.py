"""What the pictures are drawn with: random numbers by seed, signed distances to shapes, colours, smooth textures.

Everything works on a batch of n pictures of H×W pixels. A number for each picture is a tensor (n, 1, 1); a field for
each picture is (n, H, W). The distance to a shape is negative inside it. x points right and y down.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor


class Dice:
    """Random numbers that depend on nothing but the name of a set and its seed."""

    def __init__(self, name: str, seed: int) -> None:
        digest = hashlib.sha256(f"{name}\0{seed}".encode()).digest()
        self.generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    def uniform(self, n: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        """(n, 1, 1) in low..high."""
        return low + (high - low) * torch.rand(n, 1, 1, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator)

    def coin(self, n: int, probability: float) -> Tensor:
        """(n, 1, 1) bool."""
        return self.uniform(n) < probability

    def integers(self, n: int, count: int) -> Tensor:
        """(n,) in 0..count−1."""
        return torch.randint(count, (n,), generator=self.generator)

    def balanced(self, n: int, classes: int) -> Tensor:
        """(n,) labels, each class equally often, in random order."""
        return torch.randperm(n, generator=self.generator) % classes


# ---------------------------------------------------------------- where things are


@dataclass(frozen=True)
class Frame:
    """Coordinates of each picture's object: it lies at about −1..1. `pixels` (n, 1, 1) make one unit."""

    u: Tensor
    v: Tensor
    pixels: Tensor

    def ink(self, distance: Tensor) -> Tensor:
        """How much of each pixel (n, H, W) the shape covers, 0..1; its edge is about a pixel wide."""
        return torch.sigmoid(-3 * distance * self.pixels)


def place(height: int, width: int, *, x: Tensor, y: Tensor, size: Tensor, turn: Tensor) -> Frame:
    """An object at x, y (pixels), `size` pixels across, turned by `turn` radians; all (n, 1, 1)."""
    row, column = torch.arange(height)[:, None] + 0.5, torch.arange(width) + 0.5
    dx, dy, half = column - x, row - y, size / 2
    cos, sin = turn.cos(), turn.sin()
    return Frame((cos * dx + sin * dy) / half, (cos * dy - sin * dx) / half, half)


# ---------------------------------------------------------------- shapes


def union(*distances: Tensor) -> Tensor:
    return reduce(torch.minimum, distances)


def disc(x: Tensor, y: Tensor, cx: float, cy: float, radius: float) -> Tensor:
    return torch.hypot(x - cx, y - cy) - radius


def ring(x: Tensor, y: Tensor, cx: float, cy: float, radius: float, half_width: float) -> Tensor:
    return disc(x, y, cx, cy, radius).abs() - half_width


def ellipse(x: Tensor, y: Tensor, cx: float, cy: float, a: float, b: float) -> Tensor:
    return (torch.hypot((x - cx) / a, (y - cy) / b) - 1) * min(a, b)


def rectangle(x: Tensor, y: Tensor, cx: float, cy: float, half_w: float, half_h: float) -> Tensor:
    dx, dy = (x - cx).abs() - half_w, (y - cy).abs() - half_h
    outside = torch.hypot(dx.clamp(min=0), dy.clamp(min=0))
    return outside + torch.maximum(dx, dy).clamp(max=0)


def stroke(x: Tensor, y: Tensor, x0: float, y0: float, x1: float, y1: float, radius: float) -> Tensor:
    """A thick line with round ends."""
    vx, vy = x1 - x0, y1 - y0
    along = (((x - x0) * vx + (y - y0) * vy) / (vx * vx + vy * vy)).clamp(0, 1)
    return torch.hypot(x - x0 - along * vx, y - y0 - along * vy) - radius


def polygon(x: Tensor, y: Tensor, *corners: tuple[float, float]) -> Tensor:
    """A convex polygon, corners clockwise on the screen."""
    sides = [
        ((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / math.hypot(bx - ax, by - ay)
        for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True)
    ]
    return reduce(torch.maximum, sides)


# ---------------------------------------------------------------- colours and textures


def hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Hue, saturation and value (n, 1, 1) in 0..1 → RGB (n, 3, 1, 1)."""
    k = (torch.tensor([5.0, 3.0, 1.0])[:, None, None] + 6 * hue[:, None]) % 6
    return value[:, None] * (1 - saturation[:, None] * torch.minimum(k, 4 - k).clamp(0, 1))


def waves(
    dice: Dice, n: int, height: int, width: int, *, count: int = 4, highest: float = 5, channels: int = 3
) -> Tensor:
    """A smooth random texture (n, channels, H, W) of variance about ½: the sum of `count` plane waves."""
    angle, frequency = dice.uniform(n * count, 0, 2 * math.pi), dice.uniform(n * count, 0.5, highest)
    phase = dice.uniform(n * count, 0, 2 * math.pi)
    weight = dice.normal(n, channels, count) / math.sqrt(count)
    y, x = torch.arange(height)[:, None] / height, torch.arange(width) / width
    field = torch.sin(2 * math.pi * frequency * (angle.cos() * x + angle.sin() * y) + phase)
    return torch.einsum("nck,nkhw->nchw", weight, field.reshape(n, count, height, width))


def paint(below: Tensor, colour: Tensor, ink: Tensor) -> Tensor:
    """`colour` (n, 3, H or 1, W or 1) over a picture (n, 3, H, W) where there is ink (n, H, W)."""
    return below + ink[:, None] * (colour - below)


def to_bytes(picture: Tensor) -> Tensor:
    """Float 0..1 → uint8; beyond is clipped."""
    return (picture.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
