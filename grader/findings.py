"""What is kept of outcomes: the few facts that points depend on, and the checks as the text that a result shows.

Points, lateness and titles change; what a check found does not. So it is made into text once, when it is found, and whoever
writes a result puts the text in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from grader.disclosure import disclosed
from grader.model import Outcome, Status
from grader.rubric import Rubric
from grader.wire import outcome_data, outcome_of

BETWEEN = b"\n\n"
"""between the lines of two items; no text of JSON holds a line end itself"""
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def json_bytes(value: Any) -> bytes:
    """JSON in one line. Half a surrogate pair, which a student's text may hold, stays the escape that it is in JSON."""
    return _ENCODER.encode(value).encode("utf-8", "backslashreplace")


class Verdict(NamedTuple):
    """What an item's checks came to; `by_convention`: one of them is right by another convention."""

    status: Status
    by_convention: bool = False

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Verdict:
        """The first that did not pass; what was not run decides only where nothing else did."""
        outcomes = tuple(outcomes)
        bad = [o.status for o in outcomes if o.status is not Status.PASSED]
        status = next((s for s in bad if s is not Status.NOT_RUN), Status.NOT_RUN if bad else Status.PASSED)
        return cls(status, any(o.convention for o in outcomes))


@dataclass(frozen=True)
class Findings:
    """What was found of one exercise.

    verdicts  what its items came to: JSON of [item, status, by convention] for each. In a class few of them differ, so what
              follows from them can be known by this text
    seconds   that its checks took
    level     the weakest level of the sandbox that one of them ran in; None when nothing ran in a worker
    checks    a line of JSON for each check, as a result shows it; an empty line between items
    """

    verdicts: str = "[]"
    seconds: float = 0.0
    level: int | None = None
    checks: bytes = b""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Findings:
        """Of an exercise's outcomes; they are put in order item by item."""
        by_item: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_item.setdefault(outcome.item, []).append(outcome)
        members = [o for found in by_item.values() for o in found]
        verdicts = [(item, Verdict.of(found)) for item, found in by_item.items()]
        return cls(
            _ENCODER.encode([[item, v.status.value, v.by_convention] for item, v in verdicts]),
            round(sum((round(o.seconds, 4) for o in members), 0.0), 4),
            min((o.level for o in members if o.level is not None), default=None),
            BETWEEN.join(b"\n".join(map(_check, found)) for found in by_item.values()),
        )

    def by_item(self) -> dict[str, bytes]:
        """Item → its lines."""
        return dict(zip(verdicts_of(self.verdicts), self.checks.split(BETWEEN), strict=False))

    def outcomes(self, exercise: str) -> tuple[Outcome, ...]:
        return tuple(
            outcome_of({**json.loads(line), "item": item}, exercise)
            for item, lines in self.by_item().items()
            for line in lines.split(b"\n")
        )


@lru_cache(maxsize=10_000)
def verdicts_of(text: str) -> Mapping[str, Verdict]:
    """Item → what its checks came to, of `Findings.verdicts`."""
    return {item: Verdict(Status(status), by_convention) for item, status, by_convention in json.loads(text)}


class Policy:
    """What of findings a rubric lets the student see."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        self._restricted = {
            exercise.id
            for _, exercise, item in rubric.rows()
            if any(rubric.show_of(item, c.name) != "expected" for c in item.checks)
        }

    def told(self, exercise: str, found: Findings) -> Findings:
        if exercise not in self._restricted:
            return found
        items = {i.id: i for i in self._rubric.exercises[exercise].items}
        outcomes = found.outcomes(exercise)
        return Findings.of(disclosed(o, self._rubric.show_of(items[o.item], o.check)) for o in outcomes)


def _check(outcome: Outcome) -> bytes:
    data = outcome_data(outcome)
    del data["item"]  # it is where the check stands
    return json_bytes(data)
