"""Which code of a submission an exercise can see, and the parts a submission falls into by that.

A worker is given only what its exercises can reach: files, and of a notebook its statements (`grader.reach`). So an outcome
depends on nothing else of the submission, code that hangs costs only the exercises that need it, and an outcome stays true
while its own code stays the same.

An exercise sees its section's module, every file that mentions a function of the section, and every file these
mention by module name. The rule is textual and generous: a word in a comment is enough. A file that imports by
computed names sees everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from grader.model import Submission, Unit
from grader.reach import Reach, can_be_narrowed
from grader.rubric import Rubric, Section
from grader.source import normal, words

_COMPUTED_IMPORT = re.compile(
    r"\b(?:__import__|importlib|import_module|runpy|pkgutil)\b|\bsys\s*\.\s*modules\b|(?<![\w.])(?:exec|eval)\s*\("
)


@dataclass(frozen=True)
class Part:
    """Exercises that see the same code, and a submission of just that."""

    exercises: tuple[str, ...]
    submission: Submission


def parts_of(
    submission: Submission,
    rubric: Rubric,
    exercises: Collection[str] | None = None,
    *,
    whole: bool = False,
    shared: bool = False,
) -> tuple[Part, ...]:
    """The parts of a submission, in the order of the rubric.

    exercises  ids that matter; None for all
    whole      one part with everything: notebooks that run from top to bottom share one kernel
    shared     parts that may share a worker, because none feels the other (`grader.traces`), are one
    """
    sight = _Sight(submission.units, shared=shared)
    seen: dict[tuple[tuple[str, ...], ...], tuple[list[str], tuple[Unit, ...]]] = {}
    for section in rubric.sections:
        ids = [e.id for e in section.exercises if exercises is None or e.id in exercises]
        if ids:
            units = submission.units if whole else sight.of(section)
            code = tuple((u.path, *(c.source for c in u.cells)) for u in units)
            seen.setdefault(code, ([], units))[0].extend(ids)
    return tuple(Part(tuple(ids), replace(submission, units=units)) for ids, units in seen.values())


class _Sight:
    """What each file mentions, read once."""

    def __init__(self, units: tuple[Unit, ...], *, shared: bool) -> None:
        self._units, self._shared = units, shared
        texts = {u.path: "\n".join(normal(c.source) for c in u.cells) for u in units}
        self._words = {path: words(text) for path, text in texts.items()}
        self._imports_anything = {
            path: _COMPUTED_IMPORT.search(text) is not None for path, text in texts.items()
        }
        self._reaches: dict[str, Reach] = {}

    def of(self, section: Section) -> tuple[Unit, ...]:
        """What exercises of `section` can see, in its order in the submission."""
        names = section.names()
        found = {u.path for u in self._units if u.module == section.module or names & self._words[u.path]}
        found = self._with_imports(found)
        seen = tuple(u for u in self._units if u.path in found)
        if len(seen) > 1:
            return seen  # another file may use any name of a notebook
        return tuple(self._reached(u, section, names) if can_be_narrowed(u) else u for u in seen)

    def _reached(self, unit: Unit, section: Section, names: frozenset[str]) -> Unit:
        if unit.path not in self._reaches:
            self._reaches[unit.path] = Reach(unit)
        reach = self._reaches[unit.path]
        if self._shared and not reach.leaves_traces:
            return unit
        return reach.of(names, {e.id for e in section.exercises})

    def _with_imports(self, paths: Iterable[str]) -> set[str]:
        found, waiting = set(paths), list(paths)
        while waiting:
            path = waiting.pop()
            if self._imports_anything[path]:
                return {u.path for u in self._units}
            new = {u.path for u in self._units if u.module in self._words[path]} - found
            found |= new
            waiting += new
        return found
