"""Mutants → verdicts: each one is graded as a submission, until its first item is lost.

The unchanged reference is graded first, within the same limits: if it lost a point there, every mutant would seem killed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.engine import Task, worker_task
from grader.errors import CourseError
from grader.launch import Launcher
from grader.model import Outcome, Status
from grader.mutation.generate import Items, Mutant
from grader.overlay import module_submission
from grader.parallel import PATIENCE, Job, examine_jobs
from grader.rubric import Section

LIMITS = WorkerLimits(call_seconds=2.0, memory=2 << 30, patience=PATIENCE)  # endless loops end soon


@dataclass(frozen=True)
class Verdict:
    """How a mutant ended.

    check   the check that killed it, "" for a survivor
    fault   what went wrong in the check itself, which then judged nothing
    """

    mutant: Mutant
    check: str = ""
    status: Status = Status.PASSED
    fault: str = ""

    @property
    def killed(self) -> bool:
        return bool(self.check) and not self.fault


@dataclass(frozen=True)
class _Trial(Job):
    """A mutant, or with None the unchanged reference."""

    section: str
    items: Items
    mutant: Mutant | None

    def task(self, course: Course, section: Section, launcher: Launcher) -> Task:
        source = course.reference_file(section).read_text(encoding="utf-8")
        changed = self.mutant.source(source) if self.mutant else source
        name = self.mutant.new if self.mutant else "reference"
        submission = module_submission(course, section, name, changed)
        return replace(worker_task(submission, launcher, LIMITS, items=self.items), until_loss=True)


def grade_mutants(
    course: Course, found: Sequence[Mutant], *, done: Callable[[Verdict], None], baseline: bool = True
) -> None:
    """Grade all mutants on every core; hand over each verdict as soon as it is there.

    Raises CourseError when the unchanged reference loses a point.
    """
    trials = [_Trial(m.target.section, m.target.items, m) for m in found]
    every = [*(_baseline(found) if baseline else ()), *trials]
    for trial, outcomes in examine_jobs(course.root, [[trial] for trial in every]):
        lost = next((o for o in outcomes if o.status is not Status.PASSED), None)
        if trial.mutant is not None:
            done(_verdict(trial.mutant, lost))
        elif lost is not None:
            raise CourseError(
                f"the reference of {trial.section} itself loses {lost.exercise}/{lost.item} "
                f"({lost.check}: {lost.status}: {lost.message}) within the limits for mutants; mend that first"
            )


def _baseline(found: Sequence[Mutant]) -> list[_Trial]:
    items: dict[str, Items] = {}
    for mutant in found:
        items[mutant.target.section] = items.get(mutant.target.section, frozenset()) | mutant.target.items
    return [_Trial(section, wanted, None) for section, wanted in items.items()]


def _verdict(mutant: Mutant, lost: Outcome | None) -> Verdict:
    if lost is None:
        return Verdict(mutant)
    fault = lost.message if lost.status is Status.GRADER_ERROR else ""
    return Verdict(mutant, lost.check, lost.status, fault)
