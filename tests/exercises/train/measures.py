"""Numbers about predictions, computed on the trusted side from what a trained net answered."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from grader.checks import expect, sequence, tensor
from grader.subject import StudentObject


def scores(value: Any, n: int, classes: int) -> Tensor:
    """Proved scores (n, classes) of a classifier."""
    return tensor(value, (n, classes), what="the trained net's scores", meaning="pictures, classes").float()


def accuracy(found: Tensor, labels: Tensor) -> float:
    """Share of right answers: scores (n, classes), labels (n,)."""
    return float((found.argmax(1) == labels).double().mean())


def loss(found: Tensor, labels: Tensor) -> float:
    """Mean cross entropy of scores (n, classes)."""
    return float(F.cross_entropy(found.double(), labels))


def net(value: Any, what: str) -> StudentObject:
    """Proved: an object of the student's that can be called."""
    expect(
        isinstance(value, StudentObject) and value.callable,
        f"{what} is {type(value).__name__}, wanted the trained net",
        got=value,
    )
    found: StudentObject = value
    return found


def tried(value: Any, n: int, classes: int) -> list[Tensor]:
    """Proved scores on the probe, one tensor (n, classes) for each trial; what is not finite ends the list."""
    found = []
    for each in sequence(value, what="the trials"):
        if not isinstance(each, Tensor) or each.shape != (n, classes) or not bool(each.isfinite().all()):
            break
        found.append(each.float())
    return found


def auc(found: Tensor, positive: Tensor) -> float:
    """How often a positive example has a higher score (n,) than a negative one; equal scores count half."""
    a, b = found[positive][:, None], found[~positive][None]
    return float(((a > b).double() + 0.5 * (a == b).double()).mean())


def correlation(a: Tensor, b: Tensor) -> float:
    """Of two (n,): 1 where one is the other times a positive number plus another; 0 where one is constant."""
    a, b = (x.double() - x.double().mean() for x in (a, b))
    return float((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-12))


UNLABELLED = 255


def masks(value: Any, like: Tensor) -> Tensor:
    """Proved masks of classes, shaped like `like` (n, H, W)."""
    return tensor(value, like.shape, dtype="integer", what="the trained net's masks").long()


def mean_iou(found: Tensor, wanted: Tensor, classes: int) -> float:
    """Mean over the classes of intersection over union, counted over all labelled pixels (n, H, W)."""
    known = wanted != UNLABELLED
    right, answer = wanted[known].long(), found[known].long().clamp(0, classes - 1)
    table = torch.bincount(right * classes + answer, minlength=classes**2).reshape(classes, classes).double()
    both = table.diag()
    either = table.sum(0) + table.sum(1) - both
    return float((both / either.clamp(min=1))[either > 0].mean())


def near_borders(wanted: Tensor, distance: int) -> Tensor:
    """Pixels (n, H, W) from which another class is at most `distance` away."""
    size = 2 * distance + 1
    highest = F.max_pool2d(wanted[:, None].double(), size, 1, distance)
    lowest = -F.max_pool2d(-wanted[:, None].double(), size, 1, distance)
    return (highest != lowest)[:, 0]
