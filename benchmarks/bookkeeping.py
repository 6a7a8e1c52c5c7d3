"""A class that was graded before, graded again: what it costs to find out that nothing has to be run.

The outcomes of the first run are copies of one real notebook's, so that thousands of submissions can be made in little time.
What is measured is all the rest: reading, digests, the gradebook, points, files.
"""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from made import EXERCISES, ROOT, made_class, write_class
from rich.console import Console

import grader.batch.run as batch
from grader.batch import Options, grade_class
from grader.course import Course
from grader.executors import Done, Executor, Job, LocalExecutor, Lost, Setting
from grader.executors.base import Order, Progress, RunResult


class _Copies(Executor):
    """Answers every job with what one real examination came to."""

    known: tuple[RunResult, ...] = ()

    def __init__(self, setting: Setting, jobs: int) -> None:
        self._setting = setting

    @property
    def slots(self) -> int:
        return 1

    def run(self, jobs: Iterator[Job], progress: Progress) -> Iterator[Done | Lost]:
        for job in jobs:
            Order.from_bytes(job.payload)
            if not _Copies.known:
                real = LocalExecutor(self._setting, 1)
                (done,) = real.run(iter([job]), progress)
                real.close()
                assert isinstance(done, Done)
                _Copies.known = done.runs
            yield Done(job, _Copies.known, 1.0)

    def close(self) -> None:
        pass


def table(folder: Path, sizes: list[int]) -> list[str]:
    lines = [
        "",
        "| a class graded before | first, without running | again | after changing points |",
        "|---|---|---|---|",
    ]
    course = folder / "course"
    for part in ("reference", "tests/exercises", "student_template"):
        shutil.copytree(ROOT / part, course / part)
    rubric = (ROOT / "rubric.yaml").read_text(encoding="utf-8")
    original = batch.LocalExecutor
    batch.LocalExecutor = _Copies  # type: ignore[misc,assignment]  # the executor is what is not measured
    try:
        for size in sizes:
            (course / "rubric.yaml").write_text(rubric, encoding="utf-8")
            write_class(folder / str(size), made_class(size))
            first, again = (_cost(folder, size, course) for _ in range(2))
            (course / "rubric.yaml").write_text(
                rubric.replace("points: 2\n", "points: 2.5\n"), encoding="utf-8"
            )
            points = _cost(folder, size, course)
            lines.append(f"| {size} | {first} | {again} | {points} |")
    finally:
        batch.LocalExecutor = original  # type: ignore[misc]
    return [
        *lines,
        f"(Seconds of wall / CPU time, one process; goals for 1000: 5 s and 2 s. {len(EXERCISES)} exercises each.)",
    ]


def _cost(folder: Path, size: int, course: Path) -> str:
    Course(course)
    options = Options(exercises=tuple(EXERCISES), course=course, jobs=1)
    began, cpu = time.monotonic(), time.process_time()
    grade_class(folder / str(size), folder / f"out-{size}", options, Console(file=io.StringIO()))
    return f"{time.monotonic() - began:.1f} / {time.process_time() - cpu:.1f}"
