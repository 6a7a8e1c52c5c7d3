"""Described values (the form of `grader.evidence`) as arrays to draw. What does not fit the form is no array."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 4096


@dataclass(frozen=True)
class Array:
    """Numbers in row-major order; NaN and infinities stay what they are."""

    shape: tuple[int, ...]
    flat: tuple[float, ...]
    integer: bool = False

    @property
    def finite(self) -> tuple[float, ...]:
        return tuple(v for v in self.flat if math.isfinite(v))

    def rows(self, width: int) -> list[tuple[float, ...]]:
        """The numbers as rows of `width`, whatever the leading shape."""
        return [self.flat[i : i + width] for i in range(0, len(self.flat) - width + 1, width)]

    def slices(self) -> list[Array]:
        """The last two axes apart: an array of shape (2, 1, 3, 3) gives two of (3, 3)."""
        if len(self.shape) <= 2:
            return [self]
        height, width = self.shape[-2:]
        size = height * width
        return [
            Array((height, width), self.flat[i : i + size], self.integer)
            for i in range(0, len(self.flat), size or 1)
        ]


def array(evidence: Any) -> Array | None:
    """The numbers of a described tensor, array, number, or list of numbers; None when there are none."""
    if isinstance(evidence, bool):
        return Array((), (float(evidence),), integer=True)
    if isinstance(evidence, int | float):
        return Array((), (float(evidence),), isinstance(evidence, int))
    if not isinstance(evidence, dict):
        return None
    if evidence.get("kind") in ("tensor", "array"):
        return _tensor(evidence)
    if evidence.get("kind") in ("list", "tuple"):
        return _numbers(evidence.get("items"))
    if evidence.get("kind") == "float":
        return Array((), (_float(evidence.get("text")),))
    return None


def parts(evidence: Any) -> list[Any]:
    """The members of a described tuple or list, else the value alone."""
    if isinstance(evidence, dict) and evidence.get("kind") in ("list", "tuple"):
        items = evidence.get("items")
        if isinstance(items, list) and array(evidence) is None:
            return items
    return [evidence]


def _tensor(evidence: dict[str, Any]) -> Array | None:
    shape, values = evidence.get("shape"), evidence.get("values")
    if (
        not isinstance(shape, list)
        or not all(isinstance(s, int) and s >= 0 for s in shape)
        or "values" not in evidence
    ):
        return None
    if math.prod(shape) > MOST:
        return None
    flat = tuple(_flat(values, len(shape)))
    integer = "float" not in str(evidence.get("dtype")) and "complex" not in str(evidence.get("dtype"))
    return Array(tuple(shape), flat, integer) if len(flat) == math.prod(shape) else None


def _numbers(items: Any) -> Array | None:
    if not isinstance(items, list) or not items or not all(_is_number(i) for i in items):
        return None
    flat = tuple(_float(i["text"] if isinstance(i, dict) else i) for i in items)
    return Array((len(flat),), flat, all(isinstance(i, int) for i in items))


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float) or (isinstance(item, dict) and item.get("kind") == "float")


def _flat(values: Any, depth: int) -> Iterator[float]:
    if depth == 0:
        yield _float(values)
    elif isinstance(values, list):
        for value in values:
            yield from _flat(value, depth - 1)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def span(values: Sequence[float]) -> tuple[float, float]:
    """Least and largest of finite numbers, never the same."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
