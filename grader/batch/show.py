"""What an instructor sees while a batch runs, and the summary at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from grader.model import Score, Status, StudentResult, SubmissionStatus
from grader.report.plain import csv_cell, points, printable

WORTH_A_LINE = (
    Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.CRASHED, Status.FORBIDDEN, Status.FLAKY, Status.GRADER_ERROR,
)  # fmt: skip


class Show:
    """A bar with rate and remaining time on a terminal, a line for each submission elsewhere."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total = console, total
        self._began = time.monotonic()
        self._statuses: Counter[SubmissionStatus] = Counter()
        self._items: Counter[Status] = Counter()
        self._done = self._reused = 0
        self._progress = Progress(
            TextColumn("{task.description:40}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True), console=console, disable=not console.is_terminal, transient=True,
        )  # fmt: skip
        self._bar: TaskID | None = None

    def __enter__(self) -> Show:
        self._progress.start()
        self._bar = self._progress.add_task("Starting …", total=self._total, rate="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def notes(self, notes: Iterable[str]) -> None:
        for note in notes:
            self._console.print(printable(note), markup=False, soft_wrap=True)

    def begun(self, student: str, exercise: str) -> None:
        if self._bar is not None:
            self._progress.update(self._bar, description=printable(f"{student[:28]}  {exercise}"))

    def finished(self, result: StudentResult, *, reused: bool) -> None:
        self._done += 1
        self._reused += reused
        self._statuses[result.status] += 1
        self._items.update(_statuses(result.score))
        if self._bar is not None:
            self._progress.update(self._bar, advance=1, rate=self._rate())
        if not reused and not self._console.is_terminal:
            line = f"[{self._done}/{self._total}] {_line(result)}"
            self._console.print(line, markup=False, soft_wrap=True)

    def summary(self) -> list[str]:
        """What became of the submissions, and how many items ended in a way that is worth a look."""
        counts = ", ".join(f"{n} {status}" for status, n in self._statuses.most_common())
        examined = self._done - self._reused
        head = (
            f"{self._done} submissions: {counts or 'none'} · {examined} examined in {_clock(self._seconds)}"
        )
        if self._reused:
            head += f", {self._reused} as they were"
        odd = [f"{self._items[s]} {s}" for s in WORTH_A_LINE if self._items[s]]
        left = [f"{self._total - self._done} not finished"] * (self._done < self._total)
        return [head, *([f"items: {', '.join(odd)}"] if odd else []), *left]

    # -- inside

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _rate(self) -> str:
        examined = self._done - self._reused
        return f"{60 * examined / self._seconds:.0f}/min" if examined > 1 else ""


def _statuses(score: Score | None) -> list[Status]:
    return [i.status for i in score.items if i.status is not None] if score else []


def _line(row: StudentResult) -> str:
    total = f"{points(row.score.confirmed)} of {points(row.score.possible)}" if row.score else row.message
    return f"{csv_cell(row.student)}: {row.status}, {csv_cell(total)}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
