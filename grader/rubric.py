"""rubric.yaml → Rubric: what a course asks, what it is worth, and in which words.

Everything is checked at the door: an error names the path in the file, its line and what was wanted.
"""

from __future__ import annotations

import ast
import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PrivateAttr, StringConstraints, field_validator, model_validator

from grader.errors import UsageError
from grader.yamlfile import Strict, Text, read_model

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
SectionId = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
Pattern = Annotated[str, StringConstraints(min_length=1)]


Show = Literal["expected", "counterexample", "nothing"]
"""What a failing check may tell (grader.disclosure): everything, no expected values, or only that it fails."""


Visibility = Literal["public", "hidden"]
"""Whether a check goes into a sealed course (grader.seal) or stays with the instructor."""


class Check(Strict):
    """A graded property: `test_<name>` in the section's test file. Its English sentence is the docstring.

    show        what a failure tells the student; None: what the item says
    visibility  None: what the item says
    """

    name: Identifier
    zh: str
    show: Show | None = None
    visibility: Visibility | None = None


class KeyPointRule(Strict):
    """What a written answer should say. A match of any pattern suggests it is there; one of `never`, that the
    opposite was said. Patterns are regular expressions, matched without case."""

    id: Slug
    text: Text
    any: tuple[Pattern, ...] = Field(min_length=1)
    never: tuple[Pattern, ...] = ()


class Threshold(Strict):
    """What a trained net must reach. A value within `margin` of it, on either side, is measured once more."""

    metric: Identifier
    at_least: float | None = None
    at_most: float | None = None
    margin: float = Field(default=0.0, ge=0)

    @property
    def value(self) -> float:
        found = self.at_most if self.at_least is None else self.at_least
        assert found is not None  # _one_side
        return found

    @model_validator(mode="after")
    def _one_side(self) -> Threshold:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a threshold has either at_least or at_most")
        return self


class Span(Strict):
    """What a metric came to in a calibration: of all right variants, and of the wrong ones that it caught."""

    right: tuple[float, float]
    wrong: tuple[float, float] | None = None


class Calibration(Strict):
    """When, with what and over how many seeds `grade calibrate` measured the reference and the variants."""

    date: datetime.date
    torch: str
    torchvision: str
    device: str
    seeds: int = Field(ge=1)
    variants: int = Field(ge=1)
    spans: dict[Identifier, Span]


class Budget(Strict):
    """A training task at one size. seconds of CPU time for the whole task; memory in MiB beyond an idle worker's.

    calibrated  None: nobody has measured it, and reports say so
    """

    seconds: float = Field(gt=0, le=3600)
    memory: int = Field(gt=0, le=1 << 20)
    thresholds: tuple[Threshold, ...] = Field(min_length=1)
    calibrated: Calibration | None = None

    @model_validator(mode="after")
    def _each_metric_once(self) -> Budget:
        _unique("metric", [t.metric for t in self.thresholds])
        return self


class Sizes(Strict):
    """A training task at the sizes it has."""

    cpu: Budget
    gpu: Budget | None = None

    def size(self, asked: str) -> str:
        """What is trained, "cpu" or "gpu", where "auto" is the gpu's size once its thresholds were calibrated."""
        trusted = self.gpu is not None and (asked == "gpu" or self.gpu.calibrated is not None)
        return "gpu" if trusted and asked != "cpu" else "cpu"

    def budget(self, asked: str) -> Budget:
        """At the size that was asked for; what has no gpu size trains at the cpu's."""
        return self.gpu if self.gpu is not None and self.size(asked) == "gpu" else self.cpu


class RealRule(Sizes):
    """The same task on real data, where that was fetched and is asked for (`--data real`).

    sets  what it needs, by the names of data.yaml
    """

    sets: tuple[str, ...] = Field(min_length=1)


class TrainRule(Sizes):
    """The item trains: it is examined only when that is asked for (`grade --train`)."""

    real: RealRule | None = None

    def on(self, data: str) -> Sizes:
        """On "course" or "real" data; what has no real form trains on the course's own."""
        return self.real if data == "real" and self.real is not None else self


class Item(Strict):
    """The smallest thing that earns points: all of its checks hold, or a person confirms its key points.

    functions  the names a student must have written for it
    needs      items of the same exercise (or "13.4.2/iou") whose failure explains a failure here
    train      its one check trains a net, in tests/exercises/train/
    show       what a failure tells the student; None: what the course says
    visibility of its checks, or of its question; None: what the course says
    withheld   in a sealed course: how many of its checks are left to the instructor's run
    """

    id: Slug
    title: Text
    points: float = Field(gt=0, le=100)
    functions: tuple[Identifier, ...] = ()
    needs: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    hints: tuple[Text, ...] = ()
    train: TrainRule | None = None
    show: Show | None = None
    visibility: Visibility | None = None
    withheld: int = Field(default=0, ge=0)
    question: Text | None = None
    key_points: tuple[KeyPointRule, ...] = ()

    @property
    def written(self) -> bool:
        return self.question is not None

    @model_validator(mode="after")
    def _one_kind(self) -> Item:
        if self.withheld and not self.written:
            return self
        if self.written == bool(self.checks):
            raise ValueError("an item has either checks or a question with key_points")
        if self.written and not self.key_points:
            raise ValueError("a question needs key_points")
        if self.checks and not self.hints:
            raise ValueError("an item with checks needs at least one hint")
        if self.train and len(self.checks) != 1:
            raise ValueError("an item that trains has exactly one check")
        return self


class Exercise(Strict):
    """`look` is Python for the student's notebook that draws what their functions give; it is no part of an answer."""

    id: ExerciseId
    title: Text
    task: Text
    look: str = ""
    items: tuple[Item, ...] = Field(min_length=1)

    @property
    def points(self) -> float:
        return sum(i.points for i in self.items)

    def item(self, id: str) -> Item:
        return next(i for i in self.items if i.id == id)

    @field_validator("look")
    @classmethod
    def _is_python(cls, look: str) -> str:
        try:
            ast.parse(look)
        except SyntaxError as e:
            raise ValueError(f"not Python: {e.msg} in its line {e.lineno}") from e
        return look


Kind = Literal[
    "boxes", "centre_boxes", "class_boxes", "detections", "matrix", "mask", "image", "curve", "value"
]


class Function(Strict):
    """A public name a student writes; `aliases` are other names in circulation for it.

    shows  parameter (in the order of the signature) → what a report draws it as, and "returns" → the same for the result;
           "value" draws nothing. Boxes are (…, 4) corners or centre and size, (…, 5) with a class, (…, 6) with class and
           confidence.
    """

    name: Identifier
    aliases: tuple[Identifier, ...] = ()
    shows: dict[Identifier, Kind] = Field(default_factory=dict)


class Section(Strict):
    id: SectionId
    module: Identifier
    title: Text
    functions: tuple[Function, ...] = ()
    exercises: tuple[Exercise, ...] = Field(min_length=1)

    def aliases(self) -> dict[str, tuple[str, ...]]:
        return {f.name: f.aliases for f in self.functions}

    def names(self) -> frozenset[str]:
        """All names that its functions go by."""
        return frozenset(n for f in self.functions for n in (f.name, *f.aliases))


class LateRule(Strict):
    """What lateness costs, in percent of the points that were earned.

    due            with a time zone; without it only the platform's own "late" counts
    grace_minutes  after it that cost nothing
    per_day        percent for each day begun after that
    at_most        percent, however late
    """

    due: AwareDatetime | None = None
    grace_minutes: int = Field(default=0, ge=0)
    per_day: float = Field(gt=0, le=100)
    at_most: float = Field(default=100, gt=0, le=100)


class CourseFacts(Strict):
    """
    chapter            the number this edition prints: exercise ids begin with it
    also_numbered      other editions' numbers for the same chapter
    convention_credit  share of an item's points for an answer right by another convention
    show               what a failing check tells the student, unless its item or it says otherwise
    late               what lateness costs; None: nothing
    visibility         whether checks go into a sealed course, unless their item or they say otherwise
    """

    id: Slug
    title: Text
    chapter: Annotated[str, StringConstraints(pattern=r"^\d+$")]
    also_numbered: tuple[Annotated[str, StringConstraints(pattern=r"^\d+$")], ...] = ()
    convention_credit: float = Field(default=0.5, ge=0, le=1)
    show: Show = "expected"
    visibility: Visibility = "public"
    late: LateRule | None = None


class Rubric(Strict):
    format: Literal[1]
    course: CourseFacts
    sections: tuple[Section, ...] = Field(min_length=1)
    _texts: Path | None = PrivateAttr(default=None)

    @property
    def texts(self) -> Path | None:
        """The folder with translations of what the checks say (grader.phrases)."""
        return self._texts

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        return {e.id: e for s in self.sections for e in s.exercises}

    @cached_property
    def section_of(self) -> dict[str, Section]:
        return {e.id: s for s in self.sections for e in s.exercises}

    @cached_property
    def check_places(self) -> dict[str, tuple[Section, Exercise, Item, Check]]:
        """check name → where it belongs"""
        return {check.name: (s, e, i, check) for s, e, i in self.rows() for check in i.checks}

    def rows(self) -> Iterator[tuple[Section, Exercise, Item]]:
        for section in self.sections:
            for exercise in section.exercises:
                for item in exercise.items:
                    yield section, exercise, item

    def show_of(self, item: Item, check: str) -> Show:
        """What a failure of this check may tell: its own word, else its item's, else the course's."""
        own = next((c.show for c in item.checks if c.name == check), None)
        return own or item.show or self.course.show

    def is_public(self, item: Item, check: Check | None = None) -> bool:
        """Whether this check, or a written item's question, goes into a sealed course."""
        own = check.visibility if check else None
        return (own or item.visibility or self.course.visibility) == "public"

    def needed_items(self, exercise: Exercise, item: Item) -> list[tuple[str, str]]:
        """(exercise id, item id) of everything `item` names in `needs`."""
        return [(n.split("/")[0], n.split("/")[1]) if "/" in n else (exercise.id, n) for n in item.needs]

    def resolve(self, wanted: str) -> list[Exercise]:
        """The exercises of "13.4.2", "14.4.2" (another edition) or of a whole section "13.4".

        Raises UsageError for anything else.
        """
        number, _, rest = wanted.strip().partition(".")
        if number in self.course.also_numbered:
            number = self.course.chapter
        canonical = f"{number}.{rest}"
        if canonical in self.exercises:
            return [self.exercises[canonical]]
        for section in self.sections:
            if section.id == canonical:
                return list(section.exercises)
        raise UsageError(
            f"no exercise or section {wanted!r} in this course; it has sections "
            f"{self.sections[0].id} to {self.sections[-1].id} (try: grade list)"
        )

    def select(self, wanted: Iterable[str]) -> frozenset[str] | None:
        """Exercise ids for what a user named; None, which stands for all, when nothing was named."""
        ids = [e.id for w in wanted for e in self.resolve(w)]
        return frozenset(ids) if ids else None

    @model_validator(mode="after")
    def _consistent(self) -> Rubric:
        _unique("section id", [s.id for s in self.sections])
        _unique("module", [s.module for s in self.sections])
        _unique("exercise id", [e.id for s in self.sections for e in s.exercises])
        _unique("check", [c.name for _, _, i in self.rows() for c in i.checks])
        for section in self.sections:
            names = [n for f in section.functions for n in (f.name, *f.aliases)]
            _unique(f"function name in section {section.id}", names)
        known = {(e.id, i.id) for _, e, i in self.rows()}
        for section, exercise, item in self.rows():
            where = f"exercise {exercise.id}, item {item.id}"
            if not exercise.id.startswith(section.id + "."):
                raise ValueError(f"exercise {exercise.id} stands in section {section.id}")
            _unique(f"item id in exercise {exercise.id}", [i.id for i in exercise.items])
            for name in item.functions:
                if name not in {f.name for f in section.functions}:
                    raise ValueError(
                        f"{where}: function {name!r} is not listed in section {section.id}'s functions"
                    )
            for need in self.needed_items(exercise, item):
                if need not in known:
                    raise ValueError(f"{where}: needs {'/'.join(need)}, which does not exist")
        return self


def _unique(what: str, values: list[str]) -> None:
    twice = [v for v, n in Counter(values).items() if n > 1]
    if twice:
        raise ValueError(f"{what} {twice[0]!r} is used twice")


def load_rubric(path: Path, *, texts: Path | None = None) -> Rubric:
    """Read and check a rubric. CourseError names file, line, path in the file and the defect."""
    rubric = read_model(path, Rubric)
    rubric._texts = texts
    return rubric
