"""Numbers about detectors that look for one object in each picture, from their raw answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from grader.checks import expect, sequence, tensor


@dataclass(frozen=True)
class Answers:
    """What a detector says about n pictures.

    boxes   (n, A, 4) as fractions of the picture; scores (n, A) probability of an object
    """

    boxes: Tensor
    scores: Tensor

    @property
    def best(self) -> Tensor:
        """(n, 4): the box each picture is surest of."""
        return self.boxes[torch.arange(len(self.boxes)), self.scores.argmax(1)]


def answers(value: Any, n: int) -> Answers:
    """Proved: anchors (1, A, 4), scores (n, A, 2) and offsets (n, 4A), decoded."""
    anchors, scores, offsets = sequence(value, 3, what="the detector's answer")
    anchors = tensor(anchors, (1, None, 4), what="the anchors")[0].double()
    count = len(anchors)
    scores = tensor(scores, (n, count, 2), what="the class scores", meaning="pictures, anchors, classes + 1")
    offsets = tensor(offsets, (n, 4 * count), what="the offsets").double().reshape(n, count, 4)
    size = anchors[:, 2:] - anchors[:, :2]
    expect(bool((size > 0).all()), "an anchor has no area", got=anchors)
    centre = (anchors[:, :2] + anchors[:, 2:]) / 2 + offsets[..., :2] * size / 10
    half = (offsets[..., 2:] / 5).clamp(max=20).exp() * size / 2
    return Answers(torch.cat((centre - half, centre + half), -1), scores.double().softmax(-1)[..., 1])


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """IoU of boxes (n, 4) with the boxes (n, 4) of the same rows."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(min=0).prod(-1)
    area_a, area_b = ((v[:, 2:] - v[:, :2]).prod(-1) for v in (a, b))
    return both / (area_a + area_b - both)
