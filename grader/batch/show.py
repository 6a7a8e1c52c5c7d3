"""What an instructor sees while a batch runs, and the summary at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from grader.model import Score, Status, StudentResult, SubmissionStatus
from grader.report.messages import translated
from grader.report.plain import csv_cell, points, printable
from grader.report.texts import row_words, status_words, words

WORTH_A_LINE = (
    Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.CRASHED, Status.FORBIDDEN, Status.FLAKY, Status.GRADER_ERROR,
)  # fmt: skip


class Show:
    """A bar with rate and remaining time on a terminal, a line for each submission elsewhere."""

    def __init__(self, console: Console, total: int, language: str = "en") -> None:
        self._console, self._total, self._language = console, total, language
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
        self._bar = self._progress.add_task(
            translated("Starting …", self._language), total=self._total, rate=""
        )
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
            self._progress.update(
                self._bar, description=printable(f"{student[:28]}  {translated(exercise, self._language)}")
            )

    def finished(self, result: StudentResult, *, reused: bool) -> None:
        self._done += 1
        self._reused += reused
        self._statuses[result.status] += 1
        self._items.update(_statuses(result.score))
        if self._bar is not None:
            self._progress.update(self._bar, advance=1, rate=self._rate())
        if not reused and not self._console.is_terminal:
            line = f"[{self._done}/{self._total}] {_line(result, self._language)}"
            self._console.print(line, markup=False, soft_wrap=True)

    def summary(self) -> list[str]:
        """What became of the submissions, and how many items ended in a way that is worth a look."""
        _, statuses = words(self._language).gettext, row_words(self._language)
        counts = ", ".join(f"{n} {statuses[status]}" for status, n in self._statuses.most_common())
        head = _("{number} submissions: {counts} · {examined} examined in {time}").format(
            number=self._done,
            counts=counts or _("none"),
            examined=self._done - self._reused,
            time=_clock(self._seconds, self._language),
        )
        if self._reused:
            head += _(", {number} as they were").format(number=self._reused)
        odd = [f"{self._items[s]} {_item_status(s, self._language)}" for s in WORTH_A_LINE if self._items[s]]
        left = [_("{number} not finished").format(number=self._total - self._done)] * (
            self._done < self._total
        )
        return [head, *([_("items: {statuses}").format(statuses=", ".join(odd))] if odd else []), *left]

    # -- inside

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _rate(self) -> str:
        examined = self._done - self._reused
        _ = words(self._language).gettext
        return _("{number}/min").format(number=round(60 * examined / self._seconds)) if examined > 1 else ""


def _statuses(score: Score | None) -> list[Status]:
    return [i.status for i in score.items if i.status is not None] if score else []


def _item_status(status: Status, language: str) -> str:
    """As results name it; in Chinese as reports do."""
    return status.value if language == "en" else status_words(language)[status]


def _line(row: StudentResult, language: str) -> str:
    total = translated(row.message, language)
    if row.score:
        _ = words(language).gettext
        total = _("{earned} of {possible}").format(
            earned=points(row.score.confirmed), possible=points(row.score.possible)
        )
    return f"{csv_cell(row.student)}: {row_words(language)[row.status]}, {csv_cell(total)}"


def _clock(seconds: float, language: str) -> str:
    _ = words(language).gettext
    minutes, rest = divmod(round(seconds), 60)
    pattern = _("{minutes} min {seconds} s") if minutes else _("{seconds} s")
    return pattern.format(minutes=minutes, seconds=rest)
