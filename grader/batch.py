"""Many submissions, one after the other; a broken, hanging or crashing one costs only itself.

Each result is on disk before the next submission starts, so that Ctrl-C or a power cut loses one at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.course import Course, find_course
from grader.errors import SubmissionError, UsageError
from grader.exporters.grades import grades_csv, grades_json
from grader.files import write_text
from grader.launch import Launcher, new_launcher
from grader.loader import IGNORED, SUFFIXES, load_submission
from grader.model import ClassResult, StudentResult, Submission, SubmissionStatus
from grader.notebook import Run
from grader.report.data import as_json
from grader.report.plain import csv_cell, points
from grader.report.stored import GRADES, STUDENTS, student_result

if TYPE_CHECKING:
    from grader.training import Setting


def grade_class(
    submissions: Path,
    out: Path,
    *,
    console: Console,
    exercises: Sequence[str] = (),
    full: bool = False,
    course_dir: Path | None = None,
    training: Callable[[], Setting] | None = None,
) -> ClassResult:
    """Grade every submission in a folder; write `out`/grades.csv and `out`/students/NAME.json.

    training  says how training tasks are run, when torch is there; without, they are not

    Raises UsageError before anything runs when two submissions have the same name or `out` cannot be written.
    """
    found = find_submissions(submissions)
    course = find_course(course_dir)
    launcher = new_launcher()
    try:
        return _grade(found, out, course, launcher, exercises, full, console, training)
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
    training: Callable[[], Setting] | None,
) -> ClassResult:
    from grader.engine import Examined, Examiner, Task, worker_task
    from grader.scoring import score

    chosen = course.rubric.select(exercises)
    columns = tuple(e for e in course.rubric.exercises if chosen is None or e in chosen)
    rows: list[StudentResult] = []
    began = datetime.now(UTC)
    _write_tables(
        out, ClassResult(columns, ()), course, began
    )  # a place that cannot be written is known before an hour of work

    with Progress(
        TextColumn("{task.description:40}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        bar = progress.add_task("Starting …", total=len(found))

        def finished(row: StudentResult) -> None:
            rows.append(row)
            if row.score is not None:
                write_text(
                    out / _file(row.student), as_json(row.score, course.rubric, graded_at=datetime.now(UTC))
                )
            write_text(out / "grades.csv", grades_csv(ClassResult(columns, tuple(rows))))
            progress.advance(bar)
            if not console.is_terminal:
                console.print(f"[{len(rows)}/{len(found)}] {_line(row)}", markup=False, soft_wrap=True)

        def tasks() -> Iterator[Task]:
            for name, path in found.items():
                try:
                    run: Run = "full" if full else "definitions"
                    submission = load_submission(path, course.rubric, name=name, run=run)
                    trained = load_submission(path, course.rubric) if full and training else None
                except SubmissionError as e:
                    finished(StudentResult(name, SubmissionStatus.UNUSABLE, str(e)))
                    continue
                yield worker_task(submission, launcher, full=full, definitions=trained)

        def done(examined: Examined) -> None:
            submission: Submission = examined.submission
            result = score(
                course.rubric, submission, examined.outcomes, exercises=chosen, remarks=examined.remarks
            )
            finished(student_result(submission.name, result))

        def announce(submission: str, exercise: str) -> None:
            progress.update(bar, description=f"{submission[:28]}  {exercise}")

        setting = training() if training else None
        try:
            Examiner(course, exercises=chosen, progress=announce, training=setting).examine(tasks(), done)
        finally:  # also after Ctrl-C; once, because writing it takes as long as the class is large
            _write_tables(out, ClassResult(columns, tuple(rows)), course, began)
    return ClassResult(columns, tuple(rows))


def _line(row: StudentResult) -> str:
    total = f"{points(row.score.confirmed)} of {points(row.score.possible)}" if row.score else row.message
    return f"{csv_cell(row.student)}: {row.status}, {csv_cell(total)}"


# ---------------------------------------------------------------- files


def _file_name(student: str) -> str:
    return re.sub(r"[^\w.@+-]", "_", student).lstrip(".") or "_"


def _file(student: str) -> str:
    """Where a student's result lies, relative to the results' folder."""
    return f"{STUDENTS}/{_file_name(student)}.json"


def _write_tables(out: Path, result: ClassResult, course: Course, began: datetime) -> None:
    write_text(out / "grades.csv", grades_csv(result))
    write_text(out / GRADES, grades_json(result, course.rubric, graded_at=began, file=_file))
