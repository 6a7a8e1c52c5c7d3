"""What every executor is: jobs go out as bytes, results come back as data, and a lost job says so.

Job ──bytes──▶ examiner (a process with everything warm, here or on another machine) ──bytes──▶ Done
                  └─ ends in the middle: tried again, then Lost
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from grader import wire
from grader.model import Outcome, Remark, Status, Submission

MOST_LOSSES = 2
"""a submission that costs this many examiners is quarantined"""

Progress = Callable[[str, str], None]
"""called with (submission, exercise) when an exercise is begun"""


@dataclass(frozen=True)
class Setting:
    """What all jobs of a batch have in common.

    course     the course's folder on this machine
    exercises  ids that are graded; None for all
    full       notebooks run from top to bottom
    hidden     folders no student's code may see, besides the course
    training   size, device, data and the data's folder of training tasks; None: they are not run
    least      the level of the sandbox without which nothing is run
    slots      how many examiners there will be on a machine at a time
    """

    course: str
    secret: str
    exercises: tuple[str, ...] | None
    full: bool = False
    training: tuple[str, str, str, str] | None = None
    hidden: tuple[str, ...] = ()
    least: int = 1
    slots: int = 1

    def to_bytes(self) -> bytes:
        return wire.dump(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Setting:
        found = wire.load(data)
        for name in ("exercises", "training", "hidden"):
            found[name] = None if found[name] is None else tuple(found[name])
        return cls(**found)


@dataclass(frozen=True)
class Job:
    """A submission to examine: `name` for people, `payload` for the examiner.

    resources  what the examiner's machine must have, e.g. {"GPU": 1}
    """

    name: str
    payload: bytes
    resources: Mapping[str, float]

    @classmethod
    def of(
        cls,
        submission: Submission,
        exercises: tuple[str, ...],
        known: Mapping[str, Mapping[str, Status]],
        *,
        full: bool,
        definitions: Submission | None = None,
        resources: Mapping[str, float] | None = None,
    ) -> Job:
        """Examine `exercises`; of `known` ones only the failures that explain others are told.

        definitions  the same submission as it is read for a run of its definitions; training tasks begin with that
        """
        failures = {e: {i: s.value for i, s in items.items()} for e, items in known.items()}
        data = {
            "submission": wire.submission_data(submission, notebooks=full),
            "exercises": exercises,
            "known": failures,
            "definitions": definitions and wire.submission_data(definitions, notebooks=False),
        }
        return cls(submission.name, wire.dump(data), resources or {})


@dataclass(frozen=True)
class Order:
    """A job as the examiner reads it."""

    submission: Submission
    exercises: tuple[str, ...]
    known: Mapping[str, Mapping[str, Status]]
    definitions: Submission | None

    @classmethod
    def from_bytes(cls, payload: bytes) -> Order:
        data = wire.load(payload)
        known = {e: {i: Status(s) for i, s in items.items()} for e, items in data["known"].items()}
        trained = data["definitions"] and wire.submission_of(data["definitions"])
        return cls(wire.submission_of(data["submission"]), tuple(data["exercises"]), known, trained)


@dataclass(frozen=True)
class RunResult:
    """What one part of a submission came to."""

    exercises: tuple[str, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    remarks: tuple[Remark, ...]
    executed: Mapping[str, bytes]

    def to_data(self) -> dict[str, Any]:
        return {
            "exercises": self.exercises,
            "outcomes": {e: [wire.outcome_data(o) for o in found] for e, found in self.outcomes.items()},
            "remarks": [wire.remark_data(r) for r in self.remarks],
            "executed": {path: wire.text_of(data) for path, data in self.executed.items()},
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> RunResult:
        return cls(
            tuple(data["exercises"]),
            {e: tuple(wire.outcome_of(o, e) for o in found) for e, found in data["outcomes"].items()},
            tuple(Remark(*r) for r in data["remarks"]),
            {path: wire.bytes_of(text) for path, text in data["executed"].items()},
        )


@dataclass(frozen=True)
class Done:
    """A job that was examined; `seconds` of wall time."""

    job: Job
    runs: tuple[RunResult, ...]
    seconds: float


@dataclass(frozen=True)
class Lost:
    """A job whose examiner ended each time; `reason` is for the instructor."""

    job: Job
    reason: str


class Executor(ABC):
    """Examines jobs, several at a time, in no particular order."""

    @abstractmethod
    def run(self, jobs: Iterator[Job], progress: Progress) -> Iterator[Done | Lost]:
        """Take jobs as there is room for them and yield each result as it comes.

        Raises GraderError when nothing can be examined at all: checks that cannot be loaded, a scheduler that is gone.
        """

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many jobs run at a time."""

    @abstractmethod
    def close(self) -> None:
        """End all that was started; nothing stays."""
