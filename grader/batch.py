"""Many submissions, one after the other; a broken, hanging or crashing one costs only itself.

Each result is on disk before the next submission starts, so that Ctrl-C or a power cut loses one at most.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.course import Course, find_course
from grader.errors import SubmissionError, UsageError
from grader.files import write_text
from grader.launch import Launcher, new_launcher
from grader.loader import IGNORED, SUFFIXES, load_submission
from grader.model import Score, Submission
from grader.report.plain import csv_cell, points

GRADED, UNUSABLE, GRADER_ERROR = "graded", "unusable", "grader_error"


@dataclass(frozen=True)
class Row:
    """One student's line. `score` is None when nothing could be graded: that is not a zero."""

    student: str
    status: str
    message: str = ""
    score: Score | None = None


@dataclass
class Summary:
    """What a batch came to; `exercises` are the columns."""

    exercises: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)


def grade_class(
    submissions: Path,
    out: Path,
    *,
    console: Console,
    exercises: Sequence[str] = (),
    full: bool = False,
    course_dir: Path | None = None,
) -> Summary:
    """Grade every submission in a folder; write `out`/grades.csv and `out`/students/NAME.json.

    Raises UsageError before anything runs when two submissions have the same name or `out` cannot be written.
    """
    found = find_submissions(submissions)
    course = find_course(course_dir)
    launcher = new_launcher()
    try:
        return _grade(found, out, course, launcher, exercises, full, console)
    finally:
        launcher.close()


def find_submissions(folder: Path) -> dict[str, Path]:
    """student → folder, notebook, .py file or zip, by name. Raises UsageError for none or for two of one name."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not _is_submission(path):
            continue
        name = path.name if path.is_dir() else path.stem
        if name in found:
            raise UsageError(
                f"{folder}: {found[name].name} and {path.name} are both submissions of {name!r}; keep one"
            )
        found[name] = path
    if not found:
        raise UsageError(
            f"{folder}: no submissions in it; wanted a folder, notebook, .py file or zip per student"
        )
    files = {_file_name(name) for name in found}
    if len(files) < len(found):
        raise UsageError(f"{folder}: two students' names differ only in characters a file name cannot hold")
    return found


def _is_submission(path: Path) -> bool:
    if path.name.startswith(".") or path.name in IGNORED:
        return False
    return path.is_dir() or path.suffix.lower() in (*SUFFIXES, ".zip")


def _grade(
    found: dict[str, Path],
    out: Path,
    course: Course,
    launcher: Launcher,
    exercises: Sequence[str],
    full: bool,
    console: Console,
) -> Summary:
    from grader.engine import Examined, Examiner, Task, worker_task
    from grader.scoring import score

    chosen = course.rubric.select(exercises)
    columns = tuple(e for e in course.rubric.exercises if chosen is None or e in chosen)
    summary = Summary(columns)
    _write_table(out, summary)  # a place that cannot be written is known before an hour of work

    with Progress(
        TextColumn("{task.description:40}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task("Starting …", total=len(found))

        def finished(row: Row) -> None:
            summary.rows.append(row)
            _write_row(out, row, course)
            _write_table(out, summary)
            progress.advance(bar)
            if not console.is_terminal:
                console.print(
                    f"[{len(summary.rows)}/{len(found)}] {_line(row)}", markup=False, soft_wrap=True
                )

        def tasks() -> Iterator[Task]:
            for name, path in found.items():
                try:
                    submission = load_submission(
                        path, course.rubric, name=name, run="full" if full else "definitions"
                    )
                except SubmissionError as e:
                    finished(Row(name, UNUSABLE, str(e)))
                    continue
                yield worker_task(submission, launcher, full=full)

        def done(examined: Examined) -> None:
            submission: Submission = examined.submission
            result = score(
                course.rubric, submission, examined.outcomes, exercises=chosen, remarks=examined.remarks
            )
            faults = result.grader_errors
            status = GRADER_ERROR if faults else GRADED
            finished(Row(submission.name, status, faults[0].message if faults else "", result))

        def announce(submission: str, exercise: str) -> None:
            progress.update(bar, description=f"{submission[:28]}  {exercise}")

        Examiner(course, exercises=chosen, progress=announce).examine(tasks(), done)
    return summary


def _line(row: Row) -> str:
    total = f"{points(row.score.confirmed)} of {points(row.score.possible)}" if row.score else row.message
    return f"{csv_cell(row.student)}: {row.status}, {csv_cell(total)}"


# ---------------------------------------------------------------- files


def _file_name(student: str) -> str:
    return re.sub(r"[^\w.@+-]", "_", student).lstrip(".") or "_"


def _write_row(out: Path, row: Row, course: Course) -> None:
    from grader.report.data import as_json

    if row.score is not None:
        write_text(out / "students" / f"{_file_name(row.student)}.json", as_json(row.score, course.rubric))


def _write_table(out: Path, summary: Summary) -> None:
    """grades.csv: one row a student. A student nothing could be graded for has blanks, not zeros."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["student", "status", "confirmed", "provisional", "possible", *summary.exercises, "message"]
    )
    for row in sorted(summary.rows, key=lambda r: r.student):
        writer.writerow(
            [csv_cell(row.student), row.status, *_numbers(row, summary.exercises), csv_cell(row.message)]
        )
    write_text(out / "grades.csv", text.getvalue())


def _numbers(row: Row, exercises: Sequence[str]) -> list[str]:
    if row.score is None:
        return [""] * (3 + len(exercises))
    score = row.score
    unjudged = {o.exercise for o in score.grader_errors}
    cells = [
        "" if e in unjudged else points(sum(i.earned for i in score.items if i.exercise == e))
        for e in exercises
    ]
    return [points(score.confirmed), points(score.provisional), points(score.possible), *cells]
