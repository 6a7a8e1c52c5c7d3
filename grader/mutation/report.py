"""Verdicts → what people read: a line for each definition, the survivors, and the Markdown file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.mutation.generate import Mutant, Target
from grader.mutation.listed import Free, Place, Sorted
from grader.mutation.run import Verdict

GOAL = 0.97
_LIST = "tests/mutants.yaml"


@dataclass
class Row:
    """One definition of the reference; `faults` are checks that broke on a mutant instead of judging it."""

    target: Target
    mutants: int
    killed: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    faults: list[Verdict] = field(default_factory=list)

    def add(self, verdict: Verdict) -> None:
        if verdict.fault:
            self.faults.append(verdict)
        elif verdict.killed:
            self.killed += 1
        else:
            self.survivors.append(verdict.mutant)

    @property
    def complete(self) -> bool:
        return self.killed + len(self.survivors) + len(self.faults) == self.mutants


@dataclass(frozen=True)
class Result:
    """What a run came to.

    free      what the task leaves open, and how many mutants were not made for it
    unjudged  definitions that no check depends on
    """

    rows: tuple[Row, ...]
    sorted: Sorted
    free: tuple[tuple[Place, Free, int], ...] = ()
    unjudged: tuple[Place, ...] = ()

    @property
    def mutants(self) -> int:
        return sum(r.mutants for r in self.rows)

    @property
    def killed(self) -> int:
        return sum(r.killed for r in self.rows)

    @property
    def share(self) -> float:
        return self.killed / self.mutants if self.mutants else 1.0


HEADER = f"{'section':8} {'function':32} {'mutants':>7} {'killed':>7} {'survivors':>9}"


def line(row: Row) -> str:
    return f"{row.target.section:8} {row.target.name:32} {row.mutants:7} {row.killed:7} {len(row.survivors) or '':>9}"


def total(result: Result) -> str:
    return (
        f"{result.killed} of {result.mutants} mutants killed ({100 * result.share:.1f} %); "
        f"{len(result.sorted.explained)} survivors explained, {len(result.sorted.unexplained)} not"
    )


def problems(result: Result, *, sampled: bool) -> Iterator[str]:
    """Why the proof fails; a sample is too small for the goal, and says nothing about unused entries."""
    for row in result.rows:
        for verdict in row.faults:
            yield f"{_at(verdict.mutant)}: the check {verdict.check} broke: {verdict.fault}"
    for mutant in result.sorted.unexplained:
        yield f"{_at(mutant)}: survived\n    - {mutant.old}\n    + {mutant.new}"
    if sampled:
        return
    for place, entry in result.sorted.unused:
        yield f"{_LIST}: {' '.join(place)}: nothing survives by this entry\n    - {entry.old}\n    + {entry.new}"
    for place, free, count in result.free:
        if not count:
            yield f"{_LIST}: {' '.join(place)}: no mutant matches free: {free.free}"
    if result.share < GOAL:
        yield f"only {100 * result.share:.1f} % of the mutants are killed, wanted {100 * GOAL:.0f} %"


def _at(mutant: Mutant) -> str:
    return f"{mutant.target.section} {mutant.target.name}, line {mutant.line}"


# ---------------------------------------------------------------- Markdown


def markdown(result: Result) -> str:
    """The whole run as a page."""
    return "\n".join(
        [
            _INTRODUCTION,
            total(result) + ".",
            "",
            *_table(result.rows),
            *_unjudged(result),
            *_free(result),
            *_survivors(result),
        ]
    )


_INTRODUCTION = """# Mutants

How well do the checks judge? `make mutants` puts one small mistake at a time into the reference (a swapped argument, another
axis, a forgotten clamp, `<` for `<=` …) and grades it. A mutant that loses no point has survived: either it is as right as the
reference, then `tests/mutants.yaml` says why, or a check is missing. This page is written by `make mutants`.
"""


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| Section | Function | Mutants | Killed | Survivors |"
    yield "|---|---|--:|--:|--:|"
    for row in rows:
        target = row.target
        yield f"| {target.section} | `{target.name}` | {row.mutants} | {row.killed} | {len(row.survivors)} |"


def _unjudged(result: Result) -> Iterator[str]:
    if result.unjudged:
        names = ", ".join(f"`{name}` ({section})" for section, name in result.unjudged)
        yield f"\nNot mutated, because no check depends on it: {names}."


def _free(result: Result) -> Iterator[str]:
    if result.free:
        yield "\n## Left to the student\n\nWhat a task leaves open is not mutated.\n"
        yield "| Section | Function | Mutants not made | Why |\n|---|---|--:|---|"
    for (section, name), free, count in result.free:
        yield f"| {section} | `{name}` | {count} | {free.why} |"


def _survivors(result: Result) -> Iterator[str]:
    yield "\n## Survivors, and why"
    before = None
    for mutant, why in result.sorted.explained:
        if mutant.target != before:
            before = mutant.target
            yield f"\n### {before.section} `{before.name}`\n"
        yield f"- {why}\n\n  ```diff\n  - {mutant.old}\n  + {mutant.new}\n  ```"
    yield ""
