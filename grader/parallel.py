"""Many examinations in several processes, each with everything warm: for the proofs of a course, which are long.

They run beside other work, so waiting for a busy machine must not count as an answer: wall time is ample here, and only
CPU time is limited.
"""

from __future__ import annotations

import multiprocessing
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TypeVar

from grader.course import Course
from grader.engine import Examined, Examiner, Task
from grader.errors import GraderError, WorkerError
from grader.launch import Launcher, new_launcher
from grader.model import Outcome
from grader.rubric import Section

PATIENCE = 60.0
"""seconds of wall time for each of CPU time"""
CHECK_SECONDS = 600.0

_Result = tuple[int, tuple[Outcome, ...]]


class Job(ABC):
    """A submission that a process makes for itself and examines; small, because it is sent there."""

    section: str

    @abstractmethod
    def task(self, course: Course, section: Section, launcher: Launcher) -> Task:
        """What is examined."""


_AnyJob = TypeVar("_AnyJob", bound=Job)


def examine_jobs(
    root: Path, batches: Sequence[Sequence[_AnyJob]]
) -> Iterator[tuple[_AnyJob, tuple[Outcome, ...]]]:
    """Every job with its outcomes, in the order in which they end; each process takes every n-th batch.

    A batch is examined by one process in its order: generated cases and the reference's answers serve all of it.
    Counterexamples are not shrunk. Raises what a process raises, and WorkerError when one ends early.
    """
    jobs = [job for batch in batches for job in batch]
    numbers = iter(range(len(jobs)))
    numbered = [[(next(numbers), job) for job in batch] for batch in batches]
    count = max(1, min(os.cpu_count() or 1, len(batches), len(jobs) // 4))
    context = multiprocessing.get_context("spawn")
    processes = []
    waiting: list[Connection] = []
    try:
        for first in range(count):
            ours, theirs = context.Pipe(duplex=False)
            share = [pair for batch in numbered[first::count] for pair in batch]
            process = context.Process(target=_examine_share, args=(root, share, theirs), daemon=True)
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
        raise WorkerError("a process that examines submissions ended early") from None
    if isinstance(result, GraderError):
        raise result
    return result


def _examine_share(root: Path, share: list[tuple[int, Job]], connection: Connection) -> None:
    """The work of one process: send (index, outcomes) for each job, then None."""
    course = Course(root)
    sections = {s.id: s for s in course.rubric.sections}
    exercises = frozenset(e.id for _, job in share for e in sections[job.section].exercises)
    indices = iter([index for index, _ in share])
    launcher = new_launcher()

    def done(examined: Examined) -> None:
        connection.send((next(indices), examined.outcomes))

    try:
        examiner = Examiner(course, exercises=exercises, shrink=False, check_seconds=CHECK_SECONDS)
        examiner.examine((job.task(course, sections[job.section], launcher) for _, job in share), done)
        connection.send(None)
    except GraderError as e:
        connection.send(e)
    finally:
        launcher.close()
