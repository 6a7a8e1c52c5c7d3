"""The student's own definitions of the course's functions, for showing beside what was found. Text in, text out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from grader.model import Code, Submission, Unit
from grader.names import is_stub
from grader.rubric import Rubric
from grader.source import Broken, parse

MOST_LINES = 120
MOST_CHARACTERS = 8_000


def excerpts(submission: Submission, rubric: Rubric) -> tuple[Code, ...]:
    """One `Code` for each function of the course that the student wrote, in the course's order.

    Of several definitions the last one counts, and one in the section's own module before any other: that is the
    one the checks call.
    """
    names = {s.id: {n: f.name for f in s.functions for n in (f.name, *f.aliases)} for s in rubric.sections}
    wanted = frozenset(n for known in names.values() for n in known)
    written = [(unit, tuple(_of_unit(unit, wanted))) for unit in submission.units]
    found: dict[str, Code] = {}
    for section in rubric.sections:
        known = names[section.id]
        for _, codes in sorted(written, key=lambda pair: pair[0].module == section.module):
            for code in codes:
                if name := known.get(code.function):
                    found[name] = replace(code, function=name)
    order = [f.name for s in rubric.sections for f in s.functions]
    return tuple(found[name] for name in order if name in found)


def _of_unit(unit: Unit, wanted: frozenset[str]) -> Iterator[Code]:
    """Definitions of what goes by one of these names, under the name that the student gave."""
    for cell in unit.cells:
        try:
            tree = parse(cell.source)
        except Broken:
            continue
        for node in tree.body:
            name = _defined(node)
            if name in wanted and not is_stub(node):
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
