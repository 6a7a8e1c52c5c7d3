"""Overlays: a few functions, or one changed module, in front of the reference.

A known-right or known-wrong submission holds only the functions it is about. Names it lacks are the reference's, which it
can also import as `solution`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course
from grader.errors import GraderError
from grader.model import Cell, Submission, Unit
from grader.names import attempted
from grader.rubric import Section
from grader.source import parse


@dataclass(frozen=True)
class Overlay:
    """A known-right or known-wrong submission: the file, what it must lose, and what the report must say."""

    path: Path
    right: bool
    loses: tuple[str, ...]
    says: str
    functions: frozenset[str]

    def items(self, section: Section) -> frozenset[tuple[str, str]]:
        """The (exercise, item) of `section` that use one of its functions: the others are the reference's own."""
        aliases = section.aliases()
        return frozenset(
            (e.id, i.id)
            for e in section.exercises
            for i in e.items
            if any({f, *aliases.get(f, ())} & self.functions for f in i.functions)
        )


def overlay_files(course: Course, section: Section, *kinds: str) -> list[Path]:
    """The section's files in tests/submissions/, of these kinds ("right", "wrong")."""
    prefix = section.module.split("_")[0]
    folder = course.root / "tests" / "submissions"
    return [p for kind in kinds for p in sorted((folder / kind).glob(f"{prefix}_*.py"))]


def read_overlay(path: Path, section: Section) -> Overlay:
    """A file of tests/submissions/right or …/wrong. Raises GraderError when it does not declare what it is about."""
    source = path.read_text(encoding="utf-8")
    right = path.parent.name == "right"
    names = section.names()
    doc = ast.get_docstring(parse(source)) or ""
    loses = _field(doc, "loses")
    functions = frozenset(attempted(source, names))
    if not functions:
        raise GraderError(f"{path}: defines no function of its section")
    if right == bool(loses):
        raise GraderError(
            f"{path}: a wrong submission declares 'loses: ID/item, …' in its docstring, a right one does not"
        )
    return Overlay(
        path, right, tuple(k.strip() for k in loses.split(",") if k.strip()), _field(doc, "says"), functions
    )


def _field(doc: str, name: str) -> str:
    """`name: value` in a docstring; the value goes on in indented lines."""
    found = re.search(rf"^{name}:[ \t]*(.*(?:\n[ \t]+\S.*)*)", doc, re.M)
    return " ".join(found[1].split()) if found else ""


def overlay_submission(course: Course, section: Section, path: Path) -> Submission:
    """The overlay in front of the reference: its section's module, then `solution`, then the other sections."""
    reference = course.reference_file(section).read_text(encoding="utf-8")
    own = {section.module: path.read_text(encoding="utf-8"), "solution": reference}
    return _beside_the_reference(course, section, path.stem, own)


def module_submission(course: Course, section: Section, name: str, source: str) -> Submission:
    """`source` in the place of the section's reference module; the other sections are the reference's."""
    return _beside_the_reference(course, section, name, {section.module: source})


def _beside_the_reference(course: Course, section: Section, name: str, own: dict[str, str]) -> Submission:
    names = frozenset(n for s in course.rubric.sections for n in s.names())
    sources = own | {
        other.module: course.reference_file(other).read_text(encoding="utf-8")
        for other in course.rubric.sections
        if other.id != section.id
    }
    needed = own.keys() | _imported(own.keys(), sources)
    return Submission(name, tuple(_unit(m, source, names) for m, source in sources.items() if m in needed))


def _unit(module: str, source: str, names: frozenset[str]) -> Unit:
    label = f"{module}.py"
    return Unit(module, label, (Cell(label, source),), attempted=frozenset(attempted(source, names)))


def _imported(first: Iterable[str], sources: Mapping[str, str]) -> set[str]:
    """The modules among `sources` that the `first` ones need, and what these need."""
    waiting, found = list(first), set[str]()
    while waiting:
        names = re.findall(r"^\s*(?:from|import)\s+(\w+)", sources[waiting.pop()], re.M)
        new = {m for m in names if m in sources} - found
        found |= new
        waiting += new
    return found
