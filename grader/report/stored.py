"""Results that a run left on disk: one JSON of a submission, or the folder `grade batch` wrote.

The files are checked against the schemas in grader/schemas, so that everything behind this door may rely on their form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.model import ClassResult, Outcome, Score, Status, StudentResult, SubmissionStatus
from grader.report.data import from_data
from grader.rubric import Rubric

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
GRADES, STUDENTS = "grades.json", "students"


def read_result(path: Path, rubric: Rubric) -> Score:
    """One submission's result. Raises UsageError when the file is not a result of this course."""
    return from_data(_read(path, "result-1", rubric, "grade PATH --json FILE"))


def graded_at(path: Path) -> datetime | None:
    """When the result was made, if it says so."""
    try:
        return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["graded_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_class(path: Path, rubric: Rubric) -> ClassResult:
    """A class's results: the folder of `grade batch --out`; a single result stands for a class of one.

    Raises UsageError when something is missing or not of this course.
    """
    if not path.is_dir():
        score = read_result(path, rubric)
        ids = tuple(dict.fromkeys(i.exercise for i in score.items))
        return ClassResult(ids, (student_result(score.submission, score),))
    data = _read(path / GRADES, "grades-1", rubric, "grade batch SUBMISSIONS --out DIR")
    students = tuple(_student(row, path, rubric) for row in data["students"])
    return ClassResult(tuple(e["id"] for e in data["exercises"]), students)


def student_result(student: str, score: Score, outcomes: Iterable[Outcome] | None = None) -> StudentResult:
    """A scored submission with its status: one that our own fault kept from being judged is not simply graded.

    outcomes  where the score's items have none
    """
    if not score.unjudged:
        return StudentResult(student, SubmissionStatus.GRADED, score=score)
    outcomes = (o for i in score.items for o in i.outcomes) if outcomes is None else outcomes
    faults = (o.message for o in outcomes if o.status is Status.GRADER_ERROR)
    return StudentResult(
        student, SubmissionStatus.GRADER_ERROR, next(faults, "a check did not report"), score
    )


def _student(row: dict[str, Any], folder: Path, rubric: Rubric) -> StudentResult:
    score = read_result(folder / row["file"], rubric) if row.get("file") else None
    facts = {f: row[f] for f in ("name", "late", "attempt", "submitted_at") if f in row}
    return StudentResult(row["student"], SubmissionStatus(row["status"]), row["message"], score, **facts)


def _read(path: Path, schema: str, rubric: Rubric, made_by: str) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; make it with: {made_by}") from None
    except (OSError, ValueError, RecursionError) as e:
        raise UsageError(f"{path}: not a readable JSON file ({e}); make it again with: {made_by}") from None
    problem = first_problem(data, schema)
    if problem:
        raise UsageError(f"{path}: not a result of this program: {problem}; make it with: {made_by}")
    if data["course"] != rubric.course.id:
        raise UsageError(
            f"{path}: a result of the course {data['course']!r}, wanted {rubric.course.id!r}; "
            "name its course with --course DIR"
        )
    found: dict[str, Any] = data
    return found


def first_problem(data: Any, schema: str) -> str:
    """Where `data` departs from a schema of ours, or ""."""
    error = next(iter(_validator(schema).iter_errors(data)), None)
    return "" if error is None else f"{error.json_path}: {error.message[:200]}"


@cache
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator  # a quarter of a second that only readers pay

    return Draft202012Validator(json.loads((SCHEMAS / f"{schema}.schema.json").read_text(encoding="utf-8")))
