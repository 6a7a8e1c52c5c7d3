"""What goes into the gradebook and comes out of it: plain frozen values, no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grader.findings import Findings
from grader.model import Outcome, Remark, Status, Submission, Unit

# Facts about a busy machine as much as about the code: one alone is not reused.
UNCERTAIN = frozenset({Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.FLAKY})


@dataclass(frozen=True)
class Received:
    """Who handed in what, and when. `late` and `attempt` are what the learning platform says; None when it is silent."""

    student: str
    name: str = ""
    source: str = ""
    late: bool | None = None
    attempt: int | None = None
    submitted_at: str = ""


@dataclass(frozen=True)
class Reading:
    """What reading a submission's files brought, so that files that did not change need not be read again.

    codes    exercise id → digest of the code it can see, by its text
    meanings the same by its meaning
    prose    exercise id → written answer
    problem  why nothing of it can be graded, or ""
    code     function → its excerpt as a result shows it: a line of JSON
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    prose: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    problem: str = ""
    code: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)

    def submission(self, name: str) -> Submission:
        """What scoring needs of a submission: its written answers and remarks, without its code."""
        return Submission(name, (Unit("", "", (), dict(self.prose)),), self.remarks)


@dataclass(frozen=True)
class Run:
    """What running a part of a submission brought besides outcomes; `executed` maps paths to notebooks."""

    remarks: tuple[Remark, ...] = ()
    executed: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Examination:
    """What came of examining one exercise.

    settled  examining it again would come to the same: it may be reused
    runs     how often it was examined
    """

    key: str
    exercise: str
    found: Findings
    run: Run = Run()
    settled: bool = True
    runs: int = 1

    @classmethod
    def of(
        cls, key: str, exercise: str, outcomes: Iterable[Outcome], run: Run = Run(), *, settled: bool = True
    ) -> Examination:
        return cls(key, exercise, Findings.of(outcomes), run, settled)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.found.outcomes(self.exercise)

    @property
    def statuses(self) -> tuple[str, ...]:
        return tuple(f"{o.check} {o.status}" for o in self.outcomes)


def is_settled(now: Examination, before: Examination | None) -> bool:
    """Whether `now` may be reused.

    A fault of ours never is. A time-out, an exhausted memory or a flaky result is when two runs came to the same.
    """
    found = {o.status for o in now.outcomes}
    if Status.GRADER_ERROR in found:
        return False
    return not found & UNCERTAIN or (before is not None and before.statuses == now.statuses)
