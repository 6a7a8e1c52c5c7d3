"""Verdicts → what people read in the terminal: a line for each definition, the sum, and why the proof fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.mutation.generate import Mutant, Target
from grader.mutation.listed import Free, Kind, Place, Sorted
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

    def of(self, section: str) -> Result:
        """What it came to in one section."""
        return Result(
            tuple(r for r in self.rows if r.target.section == section),
            self.sorted.of(section),
            tuple(f for f in self.free if f[0][0] == section),
            tuple(place for place in self.unjudged if place[0] == section),
        )

    def explained(self, kind: Kind) -> int:
        """How many survivors the list explains by this kind of reason."""
        return sum(entry.kind is kind for _, entry in self.sorted.explained)

    @property
    def share(self) -> float:
        """Killed, of those that are mistakes: what is equivalent or as right must not be killed."""
        mistakes = self.mutants - self.explained(Kind.EQUIVALENT) - self.explained(Kind.RIGHT)
        return self.killed / mistakes if mistakes else 1.0


HEADER = f"{'section':8} {'function':32} {'mutants':>7} {'killed':>7} {'survivors':>9}"


def line(row: Row) -> str:
    return f"{row.target.section:8} {row.target.name:32} {row.mutants:7} {row.killed:7} {len(row.survivors) or '':>9}"


def total(result: Result) -> str:
    kinds = ", ".join(f"{result.explained(kind)} {kind}" for kind in Kind)
    return (
        f"{result.killed} of {result.mutants} mutants killed; of the others {kinds}, "
        f"{len(result.sorted.unexplained)} not explained: {percent(result.share)} of the mistakes are found"
    )


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


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
        yield f"only {percent(result.share)} of the mistakes are found, wanted {100 * GOAL:.0f} %"


def _at(mutant: Mutant) -> str:
    return f"{mutant.target.section} {mutant.target.name}, line {mutant.line}"
