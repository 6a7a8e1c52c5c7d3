"""Which files of a submission an exercise can see, and the parts a submission falls into by that.

A worker is given only the files its exercises can reach. So an outcome depends on nothing else of the submission,
a file that hangs costs only the exercises that need it, and an outcome stays true while its own files stay the same.

An exercise sees its section's module, every file that mentions a function of the section, and every file these
mention by module name. The rule is textual and generous: a word in a comment is enough. A file that imports by
computed names sees everything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from grader.model import Submission, Unit
from grader.rubric import Rubric, Section

_COMPUTED_IMPORT = re.compile(
    r"\b(?:__import__|importlib|import_module|runpy|pkgutil)\b|\bsys\s*\.\s*modules\b|(?<![\w.])(?:exec|eval)\s*\("
)


@dataclass(frozen=True)
class Part:
    """Exercises that see the same files, and a submission of just these files."""

    exercises: tuple[str, ...]
    submission: Submission


def parts_of(
    submission: Submission, rubric: Rubric, exercises: Collection[str] | None = None, *, whole: bool = False
) -> tuple[Part, ...]:
    """The parts of a submission, in the order of the rubric.

    exercises  ids that matter; None for all
    whole      one part with everything: notebooks that run from top to bottom share one kernel
    """
    sight = _Sight(submission.units)
    seen: dict[tuple[str, ...], list[str]] = {}
    for section in rubric.sections:
        ids = [e.id for e in section.exercises if exercises is None or e.id in exercises]
        if ids:
            paths = tuple(u.path for u in (submission.units if whole else sight.of(section)))
            seen.setdefault(paths, []).extend(ids)
    return tuple(Part(tuple(ids), _only(submission, paths)) for paths, ids in seen.items())


def _only(submission: Submission, paths: tuple[str, ...]) -> Submission:
    return replace(submission, units=tuple(u for u in submission.units if u.path in paths))


class _Sight:
    """What each file mentions, read once."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._units = units
        self._texts = {u.path: "\n".join(_normal(c.source) for c in u.cells) for u in units}
        self._words = {path: frozenset(re.findall(r"\w+", text)) for path, text in self._texts.items()}

    def of(self, section: Section) -> tuple[Unit, ...]:
        """The files that exercises of `section` can see, in their order in the submission."""
        names = {n for f in section.functions for n in (f.name, *f.aliases)}
        found = {u.path for u in self._units if u.module == section.module or names & self._words[u.path]}
        found = self._with_imports(found)
        return tuple(u for u in self._units if u.path in found)

    def _with_imports(self, paths: Iterable[str]) -> set[str]:
        found, waiting = set(paths), list(paths)
        while waiting:
            path = waiting.pop()
            if _COMPUTED_IMPORT.search(self._texts[path]):
                return {u.path for u in self._units}
            new = {u.path for u in self._units if u.module in self._words[path]} - found
            found |= new
            waiting += new
        return found


def _normal(source: str) -> str:
    """Python takes ｔｏｔａｌ for total."""
    return source if source.isascii() else unicodedata.normalize("NFKC", source)
