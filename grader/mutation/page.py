"""Verdicts → the Markdown page of a course's mutants: a part for each section, written anew when the section is run.

The page is its own memory: the parts of sections that were not run stay, and the table at the top adds up their sums.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version

from grader.errors import UsageError
from grader.mutation.generate import Mutant
from grader.mutation.listed import Kind, Survivor
from grader.mutation.report import Result, Row, percent

_INTRODUCTION = """# Mutants

How well do the checks judge? `make mutants` puts one small mistake at a time into the reference (a swapped argument, another
axis, a forgotten clamp, `<` for `<=` …) and grades it. A mutant that loses no point has survived, for one of three reasons:

- *equivalent*: it computes the same as the reference;
- *right*: it does something else that the task asks for just as well, and a check that kills it would reject right answers;
- *missed*: it is a mistake that no check sees.

Found are the killed of those that are mistakes, so of all but the first two kinds. The reasons stand in `tests/mutants.yaml`.
This page is written by `grade mutants --out`; with `--section`, only that section's part.
"""

_SUMS = ("mutants", "killed", *Kind, "unexplained")
_ALL = re.compile(r"^\| \*\*all\*\* \|" + r" (\d+) \|" * len(_SUMS), re.M)


def updated(page: str, results: Mapping[str, Result], order: Sequence[str]) -> str:
    """`page` (or "") with the parts of these sections written anew; `order` are all section ids.

    Raises UsageError when `page` is something else.
    """
    parts = _parts(page) | {section: "\n".join(_part(section, r)) for section, r in results.items()}
    shown = {section: parts[section] for section in order if section in parts}
    missing = [section for section in order if section not in parts]
    lines = [_INTRODUCTION, *(_sums_table(shown) if shown else ()), ""]
    if missing:
        lines.append(f"Not run yet: {', '.join(missing)}.\n")
    return "\n".join([*lines, *(part.rstrip("\n") + "\n" for part in shown.values())])


def _parts(page: str) -> dict[str, str]:
    if not page:
        return {}
    _, *found = re.split(r"^(?=## )", page, flags=re.M)
    parts = {part[3:].split("\n", 1)[0]: part for part in found}
    if not parts or not all(_ALL.search(part) for part in parts.values()):
        raise UsageError("--out names a file that is no page of grade mutants; name another, or remove it")
    return parts


def _sums_table(parts: Mapping[str, str]) -> Iterator[str]:
    sums = {section: _sums(part) for section, part in parts.items()}
    yield "| Section | Mutants | Killed | Equivalent | Right | Missed | Unexplained | Mistakes found |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for section, row in sums.items():
        yield _sums_row(section, row)
    yield _sums_row("**all**", [sum(column) for column in zip(*sums.values(), strict=True)])


def _sums(part: str) -> list[int]:
    found = _ALL.search(part)
    assert found is not None  # `_parts` and `_part` see to it
    return [int(n) for n in found.groups()]


def _sums_row(name: str, row: Sequence[int]) -> str:
    mutants, killed, equivalent, right, *_ = row
    mistakes = mutants - equivalent - right
    return f"| {name} | {' | '.join(map(str, row))} | {percent(killed / mistakes if mistakes else 1.0)} |"


# ---------------------------------------------------------------- one section


def _part(section: str, result: Result) -> Iterator[str]:
    yield f"## {section}\n"
    yield f"Run on {date.today()} with {_versions()}.\n"
    yield "| Function | Mutants | Killed | Equivalent | Right | Missed | Unexplained |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    counts = {row.target.name: _counts(row, result) for row in result.rows}
    for name, row in counts.items():
        yield _row(f"`{name}`", *row)
    yield _row("**all**", *(sum(row[i] for row in counts.values()) for i in range(len(_SUMS))))
    yield from _unjudged(result)
    yield from _free(result)
    yield from _survivors(result)
    yield ""


def _versions() -> str:
    packages = ("torch", "torchvision", "numpy", "hypothesis")
    return ", ".join([f"Python {platform.python_version()}", *(f"{p} {version(p)}" for p in packages)])


def _counts(row: Row, result: Result) -> list[int]:
    kinds = [entry.kind for mutant, entry in result.sorted.explained if mutant.target == row.target]
    unexplained = sum(mutant.target == row.target for mutant in result.sorted.unexplained)
    return [row.mutants, row.killed, *(kinds.count(kind) for kind in Kind), unexplained + len(row.faults)]


def _row(name: str, *counts: int) -> str:
    return f"| {name} | {' | '.join(map(str, counts))} |"


def _unjudged(result: Result) -> Iterator[str]:
    if result.unjudged:
        yield f"\nNot mutated, because no check depends on it: {', '.join(f'`{name}`' for _, name in result.unjudged)}."


def _free(result: Result) -> Iterator[str]:
    if result.free:
        yield "\n### Left to the student\n\nWhat the task leaves open is not mutated.\n"
        yield "| Function | Mutants not made | Why |\n|---|--:|---|"
    for (_, name), free, count in result.free:
        yield f"| `{name}` | {count} | {free.why} |"


def _survivors(result: Result) -> Iterator[str]:
    if result.sorted.explained or result.sorted.unexplained:
        yield "\n### Survivors, and why"
    before = None
    for mutant, entry in [*result.sorted.explained, *((m, None) for m in result.sorted.unexplained)]:
        if mutant.target != before:
            before = mutant.target
            yield f"\n#### `{before.name}`\n"
        yield _survivor(mutant, entry)


def _survivor(mutant: Mutant, entry: Survivor | None) -> str:
    reason = f"*{entry.kind}*: {entry.why}" if entry else "*unexplained*"
    return f"- {reason}\n\n  ```diff\n  - {mutant.old}\n  + {mutant.new}\n  ```"
