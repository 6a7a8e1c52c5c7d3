"""The student's own definitions of the course's functions, for showing beside what was found. Text in, text out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.model import Code, Submission, Unit
from grader.names import is_stub
from grader.rubric import Rubric, Section
from grader.source import Broken, parse

MOST_LINES = 120
MOST_CHARACTERS = 8_000


def excerpts(submission: Submission, rubric: Rubric) -> tuple[Code, ...]:
    """One `Code` for each function of the course that the student wrote, in the course's order.

    Of several definitions the last one counts, and one in the section's own module before any other: that is the
    one the checks call.
    """
    found: dict[str, Code] = {}
    for section in rubric.sections:
        for unit in sorted(submission.units, key=lambda u: u.module == section.module):
            for code in _of_unit(unit, section):
                found[code.function] = code
    order = [f.name for s in rubric.sections for f in s.functions]
    return tuple(found[name] for name in order if name in found)


def _of_unit(unit: Unit, section: Section) -> Iterator[Code]:
    names = {n: f.name for f in section.functions for n in (f.name, *f.aliases)}
    for cell in unit.cells:
        try:
            tree = parse(cell.source)
        except Broken:
            continue
        for node in tree.body:
            name = names.get(_defined(node))
            if name is not None and not is_stub(node):
                first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
                lines = cell.source.splitlines()[first - 1 : node.end_lineno]
                yield Code(name, unit.path, cell.label, first, _bounded(lines))


def _defined(node: ast.stmt) -> str:
    """The name a top-level statement gives to a function, or ""."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""


def _bounded(lines: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines[:MOST_LINES])
    cut = len(lines) > MOST_LINES or len(text) > MOST_CHARACTERS
    return text[:MOST_CHARACTERS] + ("\n…" if cut else "")
