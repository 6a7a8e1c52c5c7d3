"""tests/mutants.yaml of a course: the mutants that may survive and those that are no mistakes, with the reasons.

    "13.4":
      box_iou:
        - old: return a + b
          new: return b + a
          equivalent: the sum does not depend on the order
        - free: "epochs=[^5]"
          why: how long to train is the student's choice

`old` and `new` are the change as `grade mutants` prints it. Such an entry explains one survivor, or as many like ones as
`times` says. It computes the same (`equivalent`), is as right as the reference (`right`), or is a mistake that no check sees
(`missed`). `free` is a regular expression: mutants whose `new` it matches are not made, because the task leaves that open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from grader.course import Course
from grader.errors import CourseError
from grader.mutation.generate import Mutant, Target

Reason = Annotated[str, Field(min_length=10)]


class Kind(StrEnum):
    """Why a mutant survives: it computes the same; the task allows it as well; or no check sees the mistake."""

    EQUIVALENT = "equivalent"
    RIGHT = "right"
    MISSED = "missed"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Survivor(_Entry):
    """A mutant that may survive, with the reason under one of the three kinds."""

    old: str
    new: str
    times: int = Field(default=1, ge=1)
    equivalent: Reason | None = None
    right: Reason | None = None
    missed: Reason | None = None

    @model_validator(mode="after")
    def _has_one_reason(self) -> Survivor:
        if len(self._reasons()) != 1:
            raise ValueError(f"wants one reason of {', '.join(Kind)}")
        return self

    @property
    def kind(self) -> Kind:
        return next(iter(self._reasons()))

    @property
    def why(self) -> str:
        return self._reasons()[self.kind]

    def _reasons(self) -> dict[Kind, str]:
        return {kind: reason for kind in Kind if (reason := getattr(self, kind)) is not None}


class Free(_Entry):
    """What the task leaves open: no mistake, whatever stands there."""

    free: str
    why: Reason

    @field_validator("free")
    @classmethod
    def _is_a_pattern(cls, free: str) -> str:
        try:
            re.compile(free)
        except re.error as e:
            raise ValueError(f"{free!r} is no regular expression: {e}") from e
        return free


Place = tuple[str, str]
"""section, definition"""


def _kind(entry: Any) -> str:
    return "free" if isinstance(entry, dict) and "free" in entry else "survivor"


Entry = Annotated[Annotated[Survivor, Tag("survivor")] | Annotated[Free, Tag("free")], Discriminator(_kind)]
_FILE = TypeAdapter(dict[str, dict[str, tuple[Entry, ...]]])


@dataclass(frozen=True)
class Listed:
    """The file's entries, in its order."""

    survivors: tuple[tuple[Place, Survivor], ...] = ()
    free: tuple[tuple[Place, Free], ...] = ()

    def of(self, targets: Iterable[Target]) -> Listed:
        """Only the entries of these definitions."""
        places = {(t.section, t.name) for t in targets}
        return Listed(
            tuple(e for e in self.survivors if e[0] in places), tuple(e for e in self.free if e[0] in places)
        )


@dataclass(frozen=True)
class Sorted:
    """Survivors, sorted by the list; `unused` are entries by which nothing survived."""

    explained: tuple[tuple[Mutant, Survivor], ...]
    unexplained: tuple[Mutant, ...]
    unused: tuple[tuple[Place, Survivor], ...]

    def of(self, section: str) -> Sorted:
        """Only those of one section."""
        return Sorted(
            tuple(e for e in self.explained if e[0].target.section == section),
            tuple(m for m in self.unexplained if m.target.section == section),
            tuple(e for e in self.unused if e[0][0] == section),
        )


def listed_file(course: Course) -> Path:
    return course.root / "tests" / "mutants.yaml"


def load_listed(course: Course) -> Listed:
    """The list of a course; empty when it has none. Raises CourseError."""
    path = listed_file(course)
    if not path.is_file():
        return Listed()
    try:
        data = _FILE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise CourseError(f"{path}: not valid YAML: {e}") from e
    except ValidationError as e:
        error = e.errors()[0]
        where = ".".join(str(part) for part in error["loc"])
        raise CourseError(f"{path}: {where}: {error['msg']}") from e
    entries = [((s, f), e) for s, functions in data.items() for f, group in functions.items() for e in group]
    listed = Listed(
        tuple((place, e) for place, e in entries if isinstance(e, Survivor)),
        tuple((place, e) for place, e in entries if isinstance(e, Free)),
    )
    twice = [key for key, n in Counter(_key(*entry) for entry in listed.survivors).items() if n > 1]
    if twice:
        raise CourseError(f"{path}: {'.'.join(twice[0][:2])}: {twice[0][3]!r} is listed twice; use `times`")
    return listed


def without_free(mutants: Sequence[Mutant], listed: Listed) -> tuple[list[Mutant], list[int]]:
    """The mutants that are mistakes, and how many each `free` entry has left out."""
    counts = [0] * len(listed.free)
    kept: list[Mutant] = []
    for mutant in mutants:
        place = (mutant.target.section, mutant.target.name)
        entry = next(
            (i for i, (p, e) in enumerate(listed.free) if p == place and re.search(e.free, mutant.new)), None
        )
        if entry is None:
            kept.append(mutant)
        else:
            counts[entry] += 1
    return kept, counts


def sort_survivors(survivors: Iterable[Mutant], listed: Listed) -> Sorted:
    """Which survivors the list explains, which it does not, and what it lists in vain."""
    entries = {_key(place, entry): entry for place, entry in listed.survivors}
    left = Counter({key: entry.times for key, entry in entries.items()})
    explained: list[tuple[Mutant, Survivor]] = []
    unexplained: list[Mutant] = []
    for mutant in survivors:
        key = (mutant.target.section, mutant.target.name, _plain(mutant.old), _plain(mutant.new))
        if left[key] > 0:
            left[key] -= 1
            explained.append((mutant, entries[key]))
        else:
            unexplained.append(mutant)
    unused = tuple((place, e) for place, e in listed.survivors if left[_key(place, e)] > 0)
    return Sorted(tuple(explained), tuple(unexplained), unused)


def _key(place: Place, entry: Survivor) -> tuple[str, str, str, str]:
    return *place, _plain(entry.old), _plain(entry.new)


def _plain(text: str) -> str:
    return " ".join(text.split())
