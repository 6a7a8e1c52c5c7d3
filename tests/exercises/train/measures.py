"""Numbers about predictions, computed on the trusted side from what a trained net answered."""

from __future__ import annotations

from typing import Any

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
