"""tests/mutants.yaml of a course: the mutants that may survive, each with the reason why.

    "13.4":
      box_iou:
        - old: return a + b
          new: return b + a
          why: the sum does not depend on the order

`old` and `new` are the statement before and after, as `grade mutants` prints them. An entry explains one mutant,
or as many like ones as `times` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from grader.course import Course
from grader.errors import CourseError
from grader.mutation.generate import Mutant


class Entry(BaseModel):
    """Why a mutant may survive: it is equivalent, or as right as the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old: str
    new: str
    why: str = Field(min_length=10)
    times: int = Field(default=1, ge=1)


Key = tuple[str, str, str, str]
"""section, definition, old, new"""

_FILE = TypeAdapter(dict[str, dict[str, tuple[Entry, ...]]])


@dataclass(frozen=True)
class Sorted:
    """Survivors, sorted by the list; `unused` are keys of entries by which nothing survived."""

    explained: tuple[tuple[Mutant, str], ...]
    unexplained: tuple[Mutant, ...]
    unused: tuple[Key, ...]


def listed_file(course: Course) -> Path:
    return course.root / "tests" / "mutants.yaml"


def load_listed(course: Course) -> dict[Key, Entry]:
    """Every entry by its key; none when the course has no such file. Raises CourseError."""
    path = listed_file(course)
    if not path.is_file():
        return {}
    try:
        data = _FILE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise CourseError(f"{path}: not valid YAML: {e}") from e
    except ValidationError as e:
        error = e.errors()[0]
        where = ".".join(map(str, error["loc"]))
        raise CourseError(f"{path}: {where}: {error['msg']}") from e
    found: dict[Key, Entry] = {}
    for section, functions in data.items():
        for function, entries in functions.items():
            for entry in entries:
                key = (section, function, _plain(entry.old), _plain(entry.new))
                if key in found:
                    raise CourseError(
                        f"{path}: {section}.{function}: {entry.new!r} is listed twice; use `times`"
                    )
                found[key] = entry
    return found


def sort_survivors(survivors: Iterable[Mutant], listed: dict[Key, Entry]) -> Sorted:
    """Which survivors the list explains, which it does not, and what it lists in vain."""
    left = Counter({key: entry.times for key, entry in listed.items()})
    explained: list[tuple[Mutant, str]] = []
    unexplained: list[Mutant] = []
    for mutant in survivors:
        key = key_of(mutant)
        if left[key] > 0:
            left[key] -= 1
            explained.append((mutant, listed[key].why))
        else:
            unexplained.append(mutant)
    return Sorted(tuple(explained), tuple(unexplained), tuple(key for key, n in left.items() if n > 0))


def key_of(mutant: Mutant) -> Key:
    return mutant.target.section, mutant.target.name, _plain(mutant.old), _plain(mutant.new)


def _plain(text: str) -> str:
    return " ".join(text.split())
