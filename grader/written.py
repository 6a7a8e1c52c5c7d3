"""Written answers: which key points the wording suggests. A suggestion for a person, never a score by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from grader.model import KeyPoint
from grader.rubric import Item

LONGEST = 20_000


def key_points(item: Item, text: str) -> tuple[KeyPoint, ...]:
    """For each key point of the item whether `text` seems to say it, and whether it seems to say the opposite."""
    text = " ".join(text[:LONGEST].split())
    return tuple(
        KeyPoint(rule.id, found=bool(text) and _any(rule.any, text), contradicted=_any(rule.never, text))
        for rule in item.key_points
    )


def suggested_share(points: tuple[KeyPoint, ...]) -> float:
    """Share of the item's points a person might confirm; a contradicted key point suggests nothing."""
    return sum(p.found and not p.contradicted for p in points) / len(points) if points else 0.0


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(p, text, re.IGNORECASE) for p in patterns)
