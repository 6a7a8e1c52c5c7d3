"""Mutants → verdicts: each one is graded as a submission, until its first item is lost.

The unchanged reference is graded first, within the same limits: if it lost a point there, every mutant would seem killed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from grader.course import Course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import CourseError, GraderError, WorkerError
from grader.host import WorkerLimits
from grader.launch import Launcher, new_launcher
from grader.model import Outcome, Status
from grader.mutation.generate import Items, Mutant
from grader.overlay import module_submission

# Endless loops end soon; but mutants run beside other work, and waiting for a busy machine must not count as killed.
LIMITS = WorkerLimits(call_seconds=2.0, memory=2 << 30, patience=60.0)
CHECK_SECONDS = 600.0


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
class _Job:
    section: str
    items: Items
    mutant: Mutant | None


def grade_mutants(
    course: Course, found: Sequence[Mutant], *, done: Callable[[Verdict], None], baseline: bool = True
) -> None:
    """Grade all mutants in as many processes as there are cores; hand over each verdict as soon as it is there.

    Raises CourseError when the unchanged reference loses a point, WorkerError when a process of ours ends early.
    """
    jobs = [
        *(_baseline(found) if baseline else ()),
        *(_Job(m.target.section, m.target.items, m) for m in found),
    ]
    for job, outcomes in _in_processes(course.root, jobs):
        lost = next((o for o in outcomes if o.status is not Status.PASSED), None)
        if job.mutant is not None:
            done(_verdict(job.mutant, lost))
        elif lost is not None:
            raise CourseError(
                f"the reference of {job.section} itself loses {lost.exercise}/{lost.item} ({lost.check}: {lost.status}: "
                f"{lost.message}) within the limits for mutants; mend that first"
            )


def _baseline(found: Sequence[Mutant]) -> list[_Job]:
    items: dict[str, Items] = {}
    for mutant in found:
        items[mutant.target.section] = items.get(mutant.target.section, frozenset()) | mutant.target.items
    return [_Job(section, wanted, None) for section, wanted in items.items()]


def _verdict(mutant: Mutant, lost: Outcome | None) -> Verdict:
    if lost is None:
        return Verdict(mutant)
    fault = lost.message if lost.status is Status.GRADER_ERROR else ""
    return Verdict(mutant, lost.check, lost.status, fault)


# ---------------------------------------------------------------- processes

_Result = tuple[int, tuple[Outcome, ...]]


def _in_processes(root: Path, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, tuple[Outcome, ...]]]:
    """Every job with its outcomes, in the order in which they end; each process takes every n-th job."""
    count = max(1, min(os.cpu_count() or 1, len(jobs) // 4))
    context = multiprocessing.get_context("spawn")
    processes = []
    waiting: list[Connection] = []
    try:
        for first in range(count):
            ours, theirs = context.Pipe(duplex=False)
            share = list(enumerate(jobs))[first::count]
            process = context.Process(target=_grade_share, args=(root, share, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            waiting.append(ours)
        while waiting:
            for connection in wait(waiting):
                assert isinstance(connection, Connection)  # we wait for nothing else
                result = _received(connection)
                if result is None:
                    waiting.remove(connection)
                else:
                    yield jobs[result[0]], result[1]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _received(connection: Connection) -> _Result | None:
    try:
        result: _Result | GraderError | None = connection.recv()
    except EOFError:
        raise WorkerError("a process that grades mutants ended early") from None
    if isinstance(result, GraderError):
        raise result
    return result


def _grade_share(root: Path, share: list[tuple[int, _Job]], connection: Connection) -> None:
    """The work of one process: send (index, outcomes) for each job, then None."""
    course = Course(root)
    sections = {job.section for _, job in share}
    exercises = frozenset(e.id for s in course.rubric.sections if s.id in sections for e in s.exercises)
    launcher = new_launcher()

    def done(examined: Examined) -> None:
        connection.send((int(examined.submission.name), examined.outcomes))

    try:
        examiner = Examiner(course, exercises=exercises, shrink=False, check_seconds=CHECK_SECONDS)
        examiner.examine(_tasks(course, launcher, share), done)
        connection.send(None)
    except GraderError as e:
        connection.send(e)
    finally:
        launcher.close()


def _tasks(course: Course, launcher: Launcher, share: list[tuple[int, _Job]]) -> Iterator[Task]:
    sections = {s.id: s for s in course.rubric.sections}
    for index, job in share:
        section = sections[job.section]
        source = course.reference_file(section).read_text(encoding="utf-8")
        changed = job.mutant.source(source) if job.mutant else source
        submission = module_submission(course, section, str(index), changed)
        yield worker_task(submission, launcher, LIMITS, items=job.items, until_loss=True)
