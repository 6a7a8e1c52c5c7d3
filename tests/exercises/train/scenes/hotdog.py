"""Drawings of hot dogs and of other food, good enough for a net pretrained on ImageNet to see the difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from scenes.drawing import Dice, Frame, disc, hsv, paint, place, stroke, to_bytes, waves


@dataclass(frozen=True)
class Food:
    """images uint8 (n, 3, size, size); labels (n,): 1 for a hot dog, 0 for other food"""

    images: Tensor
    labels: Tensor


def hot_dogs(n: int, seed: int, *, size: int = 64) -> Food:
    """n drawings, half of them hot dogs, the others burgers, pizzas and loaves."""
    dice = Dice("hotdog", seed)
    labels = dice.balanced(n, 2)
    frame = place(
        size, size, x=size * dice.uniform(n, 0.42, 0.58), y=size * dice.uniform(n, 0.42, 0.58),
        size=size * dice.uniform(n, 0.8, 1.15), turn=dice.uniform(n, -math.pi, math.pi),
    )  # fmt: skip
    bent = frame.v + 0.12 * dice.uniform(n, -1, 1) * (frame.u**2 - 0.4)
    frame = Frame(frame.u, bent, frame.pixels)
    table = _table(dice, frame, n, size)
    bread = hsv(dice.uniform(n, 0.07, 0.1), dice.uniform(n, 0.45, 0.65), dice.uniform(n, 0.75, 0.9))
    hot_dog, other = _hot_dog(dice, frame, table, bread), _other_food(dice, frame, table, bread)
    picture = torch.where((labels == 1)[:, None, None, None], hot_dog, other)
    picture = picture * dice.uniform(n, 0.8, 1.1)[:, None] + 0.02 * dice.normal(n, 3, size, size)
    return Food(to_bytes(picture), labels)


def _table(dice: Dice, frame: Frame, n: int, size: int) -> Tensor:
    table = hsv(dice.uniform(n), dice.uniform(n, 0, 0.35), dice.uniform(n, 0.4, 0.95))
    table = table + 0.06 * waves(dice, n, size, size)
    plate = frame.ink(disc(frame.u, frame.v, 0, 0, 1.05)) * dice.coin(n, 0.5)
    return paint(table, torch.full((3, 1, 1), 0.92), plate)


def _hot_dog(dice: Dice, frame: Frame, picture: Tensor, bread: Tensor) -> Tensor:
    """A bun cut open, a sausage with a highlight, a line of mustard."""
    n, u, v = len(picture), frame.u, frame.v
    half = dice.uniform(n, 0.26, 0.34)
    bun = frame.ink(stroke(u, v, -0.55, 0, 0.55, 0, 0) - half - 0.08)
    shade = 0.72 + 0.35 * (1 - 2.5 * (v.abs() - 0.6 * half) ** 2 / half**2).clamp(0, 1)
    picture = paint(picture, bread * shade[:, None], bun)
    cut = bun * frame.ink(v.abs() - 0.5 * half + (u.abs() - 0.75).clamp(min=0))
    picture = paint(picture, bread * torch.tensor([1.1, 1.12, 1.25])[:, None, None], cut)
    red = hsv(dice.uniform(n, 0, 0.035), dice.uniform(n, 0.7, 0.85), dice.uniform(n, 0.5, 0.75))
    shine = 0.35 * torch.exp(-(((v + 0.05) / 0.045) ** 2))
    sausage = red * (1 - 0.45 * (v / 0.15).clamp(0, 1))[:, None] + shine[:, None]
    meat = stroke(u, v, -0.72, 0, 0.72, 0, 0) - dice.uniform(n, 0.13, 0.17)
    picture = paint(picture, sausage, frame.ink(meat))
    wave = 0.075 * torch.sin(dice.uniform(n, 3, 5) * 2 * math.pi * u / 1.5 + dice.uniform(n, 0, 6))
    mustard = frame.ink(torch.maximum((v - wave).abs() - 0.032, u.abs() - 0.62))
    return paint(picture, torch.tensor([0.93, 0.75, 0.1])[:, None, None], mustard)


def _other_food(dice: Dice, frame: Frame, picture: Tensor, bread: Tensor) -> Tensor:
    """A round bun, a round one with red slices, or a plain loaf."""
    n, u, v = len(picture), frame.u, frame.v
    kind = dice.integers(n, 3)[:, None, None]
    body = torch.where(kind == 2, stroke(u, v, -0.5, 0, 0.5, 0, 0.38), disc(u, v, 0, 0, 0.75))
    shade = (1.1 - 0.35 * (u**2 + v**2)).clamp(0.5, 1.1)
    picture = paint(picture, bread * shade[:, None], frame.ink(body))
    for _ in range(6):
        x, y = dice.uniform(n, -0.45, 0.45), dice.uniform(n, -0.45, 0.45)
        slice_ = frame.ink(torch.hypot(u - x, v - y) - 0.13) * (kind == 1)
        picture = paint(picture, torch.tensor([0.7, 0.15, 0.1])[:, None, None], slice_)
    return picture
