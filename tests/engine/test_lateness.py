"""What lateness costs: the rubric's rule, applied when results are read; nothing is examined again for it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import TINY
from test_batch import RIGHT, batch, edit, examined, table

from grader.course import Course
from grader.errors import CourseError
from grader.lateness import lateness
from grader.model import Late
from grader.report.explain import total
from grader.report.html.student import student_report
from grader.report.stored import read_class
from grader.report.view import view
from grader.rubric import LateRule

DUE = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
RULE = LateRule(due=DUE, grace_minutes=30, per_day=10, at_most=25)
LATE = "  late: {due: 2026-11-20T23:59:00+01:00, grace_minutes: 30, per_day: 10, at_most: 25}\n"


@pytest.mark.parametrize(
    ("late", "submitted_at", "wanted"),
    [
        (None, "2026-11-20T22:59:00Z", None),
        (None, "2026-11-20 23:29:00+00:00", None),
        (None, "2026-11-20T23:29:01Z", Late(1, 10)),
        (None, "2026-11-21T00:30:00+01:00", Late(1, 10)),
        (None, "2026-11-21 23:29:00 UTC", Late(1, 10)),
        (None, "2026-11-22T12:00:00", Late(2, 20)),
        (None, "2026-12-24", Late(34, 25)),
        (False, "2026-12-24", None),
        (True, "2026-11-01T00:00:00Z", None),
        (True, "", Late(1, 10)),
        (True, "yesterday", Late(1, 10)),
        (None, "", None),
    ],
)
def test_days_and_percent(late: bool | None, submitted_at: str, wanted: Late | None) -> None:
    assert lateness(RULE, late, submitted_at) == wanted
    assert lateness(None, late, submitted_at) is None


def test_without_a_due_date_the_platform_s_word_counts() -> None:
    rule = LateRule(per_day=20)
    assert lateness(rule, True, "2026-11-22T12:00:00Z") == Late(1, 20)
    assert lateness(rule, None, "2026-11-22T12:00:00Z") is None


@pytest.mark.parametrize(
    "rule", ["per_day: 0", "per_day: 101", "per_day: 5, due: 2026-11-20T23:59:00", "at_most: 5"]
)
def test_a_rule_that_makes_no_sense_is_refused(rule: str, tmp_path: Path) -> None:
    course = Path(shutil.copytree(TINY, tmp_path / "course"))
    edit(course / "rubric.yaml", "sections:\n", f"  late: {{{rule}}}\nsections:\n")
    with pytest.raises(CourseError, match=r"course\.late"):
        _ = Course(course).rubric


@pytest.mark.slow
def test_a_late_class(tmp_path: Path) -> None:
    """Canvas says who is late. A new rule examines nothing; tables and reports say what it costs; missing is no zero."""
    course = Path(shutil.copytree(TINY, tmp_path / "course"))
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "lovelaceada_11_101_s01_sums.py").write_text(RIGHT)
    (folder / "babbagebo_LATE_12_102_s01_sums.py").write_text(RIGHT)
    roster = tmp_path / "roster.csv"
    roster.write_text("Student,ID\nAda Lovelace,11\nBo Babbage,12\nCy Absent,13\n")
    first = batch(folder, tmp_path / "out", "--roster", roster, course=course)
    assert examined(first) == {"11", "12"}
    assert {n: r["confirmed"] for n, r in table(tmp_path / "out").items()} == {"11": "5", "12": "5", "13": ""}
    assert "deducted" not in (tmp_path / "out" / "grades.csv").read_text()

    edit(course / "rubric.yaml", "sections:\n", "  late: {per_day: 20}\nsections:\n")
    again = batch(folder, tmp_path / "out", "--roster", roster, course=course)
    assert examined(again) == set()
    rows = table(tmp_path / "out")
    facts = {n: (r["confirmed"], r["late_days"], r["deducted"], r["1.1.1"]) for n, r in rows.items()}
    assert facts == {"11": ("5", "", "", "5"), "12": ("4", "1", "1", "5"), "13": ("", "", "", "")}
    assert rows["13"]["status"] == "missing"

    data = json.loads((tmp_path / "out" / "students" / "12.json").read_text())
    assert data["late"] == {"days": 1, "percent": 20}
    assert data["points"] == {"confirmed": 4, "provisional": 4, "possible": 8, "deducted": 1}
    rubric = Course(course).rubric
    bo = next(s.score for s in read_class(tmp_path / "out", rubric).students if s.student == "12")
    assert bo is not None
    assert "1 day late: 20 % of the points, 1, are taken off" in total(view(bo, rubric, "en"))
    assert "1 day late: 20 %" in student_report(bo, rubric, "en")
    assert "迟交 1 天" in student_report(bo, rubric, "zh")
