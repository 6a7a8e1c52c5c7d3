"""The neutral forms: grades.csv and grades.json of a class. Described in docs/formats.md."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from grader.findings import json_bytes
from grader.model import ClassResult, ItemScore, Score, Status, StudentResult
from grader.report.data import DIGITS, by_exercise, in_lines
from grader.report.plain import csv_cell, points
from grader.report.view import State, state_of
from grader.rubric import Rubric

FORMAT = 1
LATENESS = ("late_days", "deducted")
FACTS = ("name", "late", "attempt", "submitted_at")


def grades_csv(result: ClassResult) -> str:
    """One row a student. Whoever nothing could be graded for has blanks, not zeros; so has a fault of ours."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    facts = any(_facts(row) for row in result.students)
    head = ["student", "status", "confirmed", "provisional", "possible", *result.exercises, "message"]
    lateness = any(row.score and row.score.late for row in result.students)
    writer.writerow(head + [*FACTS] * facts + [*LATENESS] * lateness)
    for row in sorted(result.students, key=lambda r: r.student):
        cells = [csv_cell(row.student), row.status.value, *_numbers(row, result), csv_cell(row.message)]
        found = _facts(row)
        cells += [csv_cell(str(found.get(f, ""))) for f in FACTS] * facts
        writer.writerow(cells + _lateness(row.score) * lateness)
    return out.getvalue()


def _lateness(score: Score | None) -> list[str]:
    """Days and points taken off; blank for whoever was in time or has no points."""
    return [str(score.late.days), points(score.deducted)] if score and score.late else ["", ""]


def _facts(row: StudentResult) -> dict[str, Any]:
    """What the learning platform or the roster says of a student's submission."""
    return {f: value for f in FACTS if (value := getattr(row, f)) not in (None, "")}


def _numbers(row: StudentResult, result: ClassResult) -> list[str]:
    if row.score is None:
        return [""] * (3 + len(result.exercises))
    score, unjudged = row.score, row.score.unjudged
    earned = {e: points(sum(i.earned for i in items)) for e, items in by_exercise(score).items()}
    cells = ["" if e in unjudged else earned.get(e, "0") for e in result.exercises]
    return [points(score.confirmed), points(score.provisional), points(score.possible), *cells]


def grades_json(
    result: ClassResult,
    rubric: Rubric,
    *,
    graded_at: datetime | None = None,
    file: Callable[[str], str] | None = None,
) -> str:
    """
    file  student → where the whole result of the student lies, relative to this file
    """
    exercises = [rubric.exercises[e] for e in result.exercises if e in rubric.exercises]
    head = {
        "format": FORMAT,
        "course": rubric.course.id,
        **({"graded_at": graded_at.isoformat(timespec="seconds")} if graded_at else {}),
    }
    written = {(e.id, i.id): i.written for _, e, i in rubric.rows()}
    students = sorted(result.students, key=lambda s: s.student)
    return in_lines(
        head,
        exercises=(json_bytes({"id": e.id, "title": e.title.en, "possible": e.points}) for e in exercises),
        students=(json_bytes(_student(s, written, file)) for s in students),
    ).decode()


def _student(
    row: StudentResult, written: Mapping[tuple[str, str], bool], file: Callable[[str], str] | None
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "student": row.student,
        "status": row.status.value,
        "message": row.message,
        **_facts(row),
        "points": None if row.score is None else _points(row.score),
        "exercises": {},
    }
    if row.score is not None:
        data["exercises"] = {e: _exercise(items, written) for e, items in by_exercise(row.score).items()}
        if file is not None:
            data["file"] = file(row.student)
    return data


def _points(score: Score) -> dict[str, float]:
    late = {"late_days": score.late.days, "deducted": round(score.deducted, DIGITS)} if score.late else {}
    return {
        **late,
        "confirmed": round(score.confirmed, DIGITS),
        "provisional": round(score.provisional, DIGITS),
        "possible": round(score.possible, DIGITS),
    }


def _exercise(items: list[ItemScore], written: Mapping[tuple[str, str], bool]) -> dict[str, Any]:
    """
    written  (exercise id, item id) → whether it asks for words
    """
    return _row(
        tuple(
            (
                written.get((i.exercise, i.item), bool(i.key_points)),
                i.status,
                i.earned,
                i.suggested,
                i.possible,
            )
            for i in items
            if i.status is not Status.NOT_RUN
        )
    )


@lru_cache(maxsize=10_000)
def _row(items: tuple[tuple[bool, Status | None, float, float, float], ...]) -> dict[str, Any]:
    """Of (asks for words, status, earned, suggested, possible) of what was run: in a class few of them differ."""
    earned = sum(e for _, _, e, _, _ in items)
    state = state_of(
        [status for words, status, _, _, _ in items if not words],
        waits=any(words and status is None for words, status, _, _, _ in items),
        is_left=not items,
        earned=earned,
    )
    return {
        "state": state.value,
        "earned": round(earned, DIGITS) if state is not State.GRADER_ERROR else None,
        "suggested": round(sum(s for _, _, _, s, _ in items), DIGITS),
        "possible": round(sum(p for _, _, _, _, p in items), DIGITS),
    }
