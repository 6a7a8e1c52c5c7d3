"""What is kept of outcomes: the few facts that points depend on, and the checks as the text that a result shows.

Points, lateness and titles change; what a check found does not. So it is made into text once, when it is found, and whoever
writes a result puts the text in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader.disclosure import disclosed
from grader.model import Outcome, Status
from grader.rubric import Item, Rubric
from grader.wire import outcome_data, outcome_of

_STATUSES = {s.value: s for s in Status}
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
class Found:
    """What was found of one item.

    seconds  that its checks took
    level    the weakest level of the sandbox that one of them ran in; None when nothing ran in a worker
    checks   a line of JSON for each check, as a result shows them, in their order
    """

    item: str
    verdict: Verdict
    seconds: float
    level: int | None
    checks: bytes

    @classmethod
    def of(cls, item: str, outcomes: Iterable[Outcome]) -> Found:
        outcomes = tuple(outcomes)
        seconds = round(sum(round(o.seconds, 4) for o in outcomes), 4)
        level = min((o.level for o in outcomes if o.level is not None), default=None)
        return cls(item, Verdict.of(outcomes), seconds, level, b"\n".join(map(_check, outcomes)))

    def outcomes(self, exercise: str) -> tuple[Outcome, ...]:
        checks = json.loads(b"[" + self.checks.replace(b"\n", b",") + b"]")
        return tuple(outcome_of({**data, "item": self.item}, exercise) for data in checks)

    # -- as plain values, without the text

    def facts(self) -> list[Any]:
        return [self.item, self.verdict.status.value, self.verdict.by_convention, self.seconds, self.level]

    @classmethod
    def from_facts(cls, facts: list[Any], checks: bytes) -> Found:
        item, status, by_convention, seconds, level = facts
        return cls(item, Verdict(_STATUSES[status], by_convention), seconds, level, checks)


def found_of(outcomes: Iterable[Outcome]) -> tuple[Found, ...]:
    """An exercise's outcomes, item by item."""
    by_item: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_item.setdefault(outcome.item, []).append(outcome)
    return tuple(Found.of(item, members) for item, members in by_item.items())


class Policy:
    """What of findings a rubric lets the student see."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        self._restricted: Mapping[tuple[str, str], Item] = {
            (exercise.id, item.id): item
            for _, exercise, item in rubric.rows()
            if any(rubric.show_of(item, c.name) != "expected" for c in item.checks)
        }

    def told(self, exercise: str, found: Found) -> Found:
        item = self._restricted.get((exercise, found.item))
        if item is None:
            return found
        outcomes = found.outcomes(exercise)
        return Found.of(item.id, (disclosed(o, self._rubric.show_of(item, o.check)) for o in outcomes))


def _check(outcome: Outcome) -> bytes:
    data = outcome_data(outcome)
    del data["item"]  # it is where the check stands
    return json_bytes(data)
