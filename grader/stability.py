"""Is a right answer right under every course secret? Cases and random numbers are drawn anew for each.

The reference and every known-right submission are graded under many secrets; none may lose a point by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.engine import Task, worker_task
from grader.launch import Launcher
from grader.loader import load_submission
from grader.model import Outcome, Status
from grader.overlay import overlay_files, overlay_submission, read_overlay
from grader.parallel import PATIENCE, Job, examine_jobs
from grader.rubric import Section


@dataclass(frozen=True)
class _Trial(Job):
    """A known-right submission, or with None the reference, under one secret."""

    section: str
    path: Path | None
    secret: str

    def task(self, course: Course, section: Section, launcher: Launcher) -> Task:
        limits = WorkerLimits(patience=PATIENCE)
        if self.path is None:
            submission = load_submission(course.root / "reference", course.rubric, name="reference")
            items = frozenset((e.id, i.id) for e in section.exercises for i in e.items)
        else:
            submission = overlay_submission(course, section, self.path)
            items = read_overlay(self.path, section).items(section)
        return replace(worker_task(submission, launcher, limits, items=items), secret=self.secret)


@dataclass
class _Tally:
    """What the trials of one section came to: for each loss, an outcome that shows it and the secrets that caused it."""

    left: int
    trials: int = 0
    losses: dict[tuple[str, str], tuple[Outcome, list[str]]] = field(default_factory=dict)

    def add(self, trial: _Trial, place: str, outcomes: Sequence[Outcome]) -> None:
        self.left -= 1
        self.trials += 1
        for outcome in outcomes:
            if outcome.status is not Status.PASSED:
                key = (place, f"{outcome.exercise}/{outcome.item}")
                self.losses.setdefault(key, (outcome, []))[1].append(trial.secret)

    def problems(self) -> list[str]:
        return [
            f"{place}: loses {item} under {len(secrets)} secrets, such as {secrets[0]!r}: "
            f"{outcome.check}: {outcome.status}: {outcome.message}"
            for (place, item), (outcome, secrets) in sorted(self.losses.items())
        ]


def prove_stability(
    course: Course, *, sections: Sequence[str], secrets: int, first: int = 1, console: Console
) -> list[str]:
    """Grade reference and known-right submissions under secrets number `first`, `first` + 1, …; print a line for each section.

    Returns the problems: every point that was lost.
    """
    numbers = range(first, first + secrets)
    wanted = {course.rubric.section_of[e.id].id for s in sections for e in course.rubric.resolve(s)}
    chosen = [s for s in course.rubric.sections if not sections or s.id in wanted]
    right = {s.id: (None, *overlay_files(course, s, "right")) for s in chosen}
    batches = [
        [_Trial(section.id, path, f"secret {number}") for path in right[section.id]]
        for section in chosen
        for number in numbers
    ]
    tallies = {s.id: _Tally(secrets * len(right[s.id])) for s in chosen}
    references = {s.id: str(course.reference_file(s)) for s in chosen}
    problems: list[str] = []
    for trial, outcomes in examine_jobs(course.root, batches):
        tally = tallies[trial.section]
        tally.add(trial, str(trial.path or references[trial.section]), outcomes)
        if not tally.left:
            problems += _show(trial.section, tally, console)
    console.print(f"{len(problems)} problems" if problems else f"no point is lost under {secrets} secrets")
    return problems


def _show(section: str, tally: _Tally, console: Console) -> list[str]:
    problems = tally.problems()
    console.print(f"{'[red]✗[/]' if problems else '[green]✓[/]'} {section:6} graded {tally.trials} times")
    for problem in problems:
        console.print(f"  {problem}", markup=False, soft_wrap=True)
    return problems
