"""The values that pass between the stages: frozen, plain, free of behaviour that decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How an examination ended. Only PASSED earns points; GRADER_ERROR is our fault and needs a person.

    NOT_RUN is no verdict: the item takes time (it trains), and nobody asked for it in this run.
    """

    PASSED = "passed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    FORBIDDEN = "forbidden"
    SKIPPED = "skipped"
    FLAKY = "flaky"
    GRADER_ERROR = "grader_error"
    NOT_RUN = "not_run"


# ---------------------------------------------------------------- what was handed in


@dataclass(frozen=True)
class Scene:
    """What student code finds where it looks for data: files, and course code (`serve(folder)`) that makes them found."""

    files: Mapping[str, bytes]
    source: str


@dataclass(frozen=True)
class Cell:
    """A piece of source code: a whole .py file, or one code cell of a notebook.

    label     how it is named to the student: "s04_anchor_boxes.py", "cell 12"
    exercise  the exercise it answers, when the student said so
    """

    label: str
    source: str
    exercise: str | None = None


@dataclass(frozen=True)
class Unit:
    """One namespace: a .py file or a notebook. `module` is the section's module it answers, or its own stem."""

    module: str
    path: str
    cells: tuple[Cell, ...]
    prose: dict[str, str] = field(default_factory=dict)
    """exercise id → written answer found here"""
    notebook: bytes | None = None
    """the notebook itself, for runs of every cell"""
    attempted: frozenset[str] = frozenset()
    """the course's function names that are defined here and are not stubs"""


@dataclass(frozen=True)
class Remark:
    """Something the reader of a submission should know: a cell left out, a magic ignored."""

    where: str
    message: str


@dataclass(frozen=True)
class Submission:
    """Everything one student handed in, as text. Nothing of it has been run."""

    name: str
    units: tuple[Unit, ...]
    remarks: tuple[Remark, ...] = ()

    def written(self, exercise: str) -> str:
        """The written answer to `exercise`, or ""."""
        found = [u.prose[exercise] for u in self.units if u.prose.get(exercise, "").strip()]
        return found[-1].strip() if found else ""


# ---------------------------------------------------------------- what came of it


@dataclass(frozen=True)
class Counterexample:
    """The smallest input found on which a property fails; values are in the form of `grader.evidence`."""

    function: str
    arguments: tuple[tuple[str, Any], ...]
    got: Any = None
    wanted: Any = None


@dataclass(frozen=True)
class Metric:
    """A number measured on a trained net, against its threshold.

    at_least  whether the threshold is a lower bound, else an upper one
    margin    a value so near the threshold, on either side, does not decide: the run is repeated with another seed
    """

    name: str
    value: float
    threshold: float
    at_least: bool
    margin: float

    @property
    def reached(self) -> bool:
        return self.value >= self.threshold if self.at_least else self.value <= self.threshold

    @property
    def near(self) -> bool:
        return abs(self.value - self.threshold) <= self.margin


@dataclass(frozen=True)
class TrainingRun:
    """One training from beginning to end.

    seed         0 for the first run, 1 for its repetition
    seconds      from beginning to end; cpu_seconds: of the worker alone, however busy the machine was
    """

    seed: int
    metrics: tuple[Metric, ...]
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Curve:
    """A line to draw: one value for each epoch, the first one before training.

    figure   curves of one figure share their axes, e.g. "accuracy"
    name     what the line shows, e.g. "held out, with flips"
    claimed  the student's own code says so; shown, never scored
    """

    figure: str
    name: str
    values: tuple[float, ...]
    claimed: bool = False


@dataclass(frozen=True)
class Picture:
    """What a trained net makes of a few held-out pictures. png: base64."""

    caption: str
    width: int
    height: int
    png: str


@dataclass(frozen=True)
class Training:
    """What a training task came to: one run, or two when the first was near a threshold.

    size          "cpu" or "gpu": how large nets and pictures were
    device        where it trained, e.g. "cpu", "cuda:0"
    data          "course" for drawn pictures, or the names of the real sets
    peak_memory   bytes the worker held at most; 0 where the system does not tell
    calibrated    the day its thresholds were measured; "" when nobody has measured them at this size
    """

    size: str
    device: str
    data: str
    runs: tuple[TrainingRun, ...]
    curves: tuple[Curve, ...] = ()
    pictures: tuple[Picture, ...] = ()
    peak_memory: int = 0
    calibrated: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one check came to.

    check     name of the graded property
    exercise  exercise id, e.g. "13.4.2"
    item      id of the item of the rubric, unique within the exercise
    sentence  what was checked, as the student reads it
    message   where, got, wanted, next step; empty when passed
    level     of the sandbox in which the student's code ran; None when it did not run in a worker
    """

    check: str
    exercise: str
    item: str
    status: Status
    sentence: str = ""
    message: str = ""
    hint: str = ""
    convention: str = ""
    counterexample: Counterexample | None = None
    trace: tuple[str, ...] = ()
    output: str = ""
    seconds: float = 0.0
    training: Training | None = None
    level: int | None = None


@dataclass(frozen=True)
class Code:
    """What a student wrote for one of the course's functions, as text.

    function  the course's name for it, also where the student used another
    path      the file inside the submission
    where     how the student finds it: "s04_anchor_boxes.py", "cell 12"
    line      its first line, counted from 1 in that file or cell
    """

    function: str
    path: str
    where: str
    line: int
    source: str


@dataclass(frozen=True)
class KeyPoint:
    """One key point of a written answer and whether the wording suggests it is there."""

    id: str
    found: bool
    contradicted: bool = False


@dataclass(frozen=True)
class ItemScore:
    """One row of the rubric, scored.

    status     None: a written answer that awaits a person
    earned     points that count
    suggested  points a person still has to confirm (written answers)
    possible   points at stake
    answer     what was written, for an item that asks for words
    """

    exercise: str
    item: str
    status: Status | None
    earned: float
    suggested: float
    possible: float
    outcomes: tuple[Outcome, ...] = ()
    key_points: tuple[KeyPoint, ...] = ()
    answer: str = ""


@dataclass(frozen=True)
class Late:
    """A submission that came too late: by so many days begun, for which so many percent of its points are taken off."""

    days: int
    percent: float


@dataclass(frozen=True)
class Score:
    """A submission, scored: confirmed ≤ provisional ≤ possible, and `not_run` beside them.

    What was not run in this run is neither earned nor lost: its points are not in `possible`. What lateness costs is taken
    off `confirmed` and `provisional`, not off the items.
    """

    submission: str
    items: tuple[ItemScore, ...]
    remarks: tuple[Remark, ...] = ()
    code: tuple[Code, ...] = ()
    late: Late | None = None

    @property
    def attempted(self) -> tuple[str, ...]:
        """Exercises of which anything was handed in."""
        return tuple(dict.fromkeys(i.exercise for i in self.items if i.status is not Status.NOT_ATTEMPTED))

    @property
    def grader_errors(self) -> tuple[Outcome, ...]:
        """Our own faults: their points are neither earned nor lost."""
        return tuple(o for i in self.items for o in i.outcomes if o.status is Status.GRADER_ERROR)

    @property
    def sandbox_level(self) -> int | None:
        """The weakest level of the sandbox that anything ran in; None when nothing ran in a worker."""
        return min((o.level for i in self.items for o in i.outcomes if o.level is not None), default=None)

    @property
    def unjudged(self) -> frozenset[str]:
        """Exercises with an item that our own fault kept from being judged."""
        return frozenset(i.exercise for i in self.items if i.status is Status.GRADER_ERROR)

    @property
    def deducted(self) -> float:
        """Points that lateness costs, of those that are confirmed."""
        return self._off * sum(i.earned for i in self.items)

    @property
    def confirmed(self) -> float:
        return (1 - self._off) * sum(i.earned for i in self.items)

    @property
    def provisional(self) -> float:
        return (1 - self._off) * sum(i.earned + i.suggested for i in self.items)

    @property
    def _off(self) -> float:
        return self.late.percent / 100 if self.late else 0.0

    @property
    def possible(self) -> float:
        return sum(i.possible for i in self.items if i.status is not Status.NOT_RUN)

    @property
    def not_run(self) -> float:
        return sum(i.possible for i in self.items if i.status is Status.NOT_RUN)


class SubmissionStatus(StrEnum):
    """What became of a whole submission. Only GRADED stands for points: no other value is a zero."""

    GRADED = "graded"
    UNUSABLE = "unusable"
    GRADER_ERROR = "grader_error"
    MISSING = "missing"


@dataclass(frozen=True)
class StudentResult:
    """One student's result. `score` is None when nothing could be graded: that is not a zero.

    name, late, attempt, submitted_at  what the learning platform or the roster says; empty when they are silent
    """

    student: str
    status: SubmissionStatus
    message: str = ""
    score: Score | None = None
    name: str = ""
    late: bool | None = None
    attempt: int | None = None
    submitted_at: str = ""


@dataclass(frozen=True)
class ClassResult:
    """A class's results; `exercises` are the ids that were asked for, in the course's order."""

    exercises: tuple[str, ...]
    students: tuple[StudentResult, ...]
