"""Moodle: the grading worksheet of an assignment with grades and feedback filled in.

The worksheet is what "Download grading worksheet" gives out; Moodle takes it back under "Upload grading worksheet".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markupsafe import escape

from grader.exporters.gradebook import blank, grade, unmatched
from grader.exporters.roster import Filled, Roster, match
from grader.exporters.settings import Settings
from grader.model import ClassResult, StudentResult
from grader.report.explain import lines, total
from grader.report.plain import csv_cell
from grader.report.plain import points as shown
from grader.report.view import Report, view
from grader.rubric import Rubric

_ID = ("Identifier", "标识符", "識別碼")
_NAME = ("Full name", "全名")
_GRADE = ("Grade", "成绩", "成績")
_MOST = ("Maximum grade", "最高成绩", "最高成績")
_FEEDBACK = ("Feedback comments",)


def moodle(result: ClassResult, roster: Roster, rubric: Rubric, settings: Settings) -> Filled:
    """The grading worksheet of a Moodle assignment with Grade and Feedback comments filled in, all else untouched.

    Moodle writes the header in the site's language: English and Chinese are known, `settings.columns` names others.
    Where it gives a maximum grade, a full score is worth that much, unless `settings.points` says otherwise.
    """
    columns = dict(settings.columns)
    id = roster.column(*_of(columns, "identifier", _ID))
    points = roster.column(*_of(columns, "grade", _GRADE))
    name, most = roster.find(*_NAME), roster.find(*_of(columns, "maximum", _MOST))
    feedback = roster.find(*_of(columns, "feedback", _FEEDBACK))
    matched = match(roster.rows, lambda r: _moodle_keys(r, id, name, roster), result)
    rows = [list(r) for r in roster.rows]
    for number, student in matched.items():
        row = rows[number]
        filled = grade(student, _scaled(settings, row[most] if most is not None and most < len(row) else ""))
        if filled:
            row[points] = filled
        if feedback is not None:
            row[feedback] = _feedback(student, rubric, settings)
    names = [r[name] if name is not None else r[id] for r in roster.rows]
    return Filled(roster.written(rows), unmatched(result, matched), blank(names, matched, settings))


def _moodle_keys(row: Sequence[str], id: int, name: int | None, roster: Roster) -> Iterator[str]:
    yield row[id]
    yield "".join(c for c in row[id] if c.isdecimal())
    if name is not None and name < len(row):
        yield row[name]
    for extra in ("Email address", "ID number", "Username"):
        column = roster.find(extra)
        if column is not None and column < len(row):
            yield row[column]


def _of(columns: dict[str, str], role: str, known: tuple[str, ...]) -> tuple[str, ...]:
    return (columns[role],) if role in columns else known


def _scaled(settings: Settings, most: str) -> Settings:
    if settings.points is not None or not most.strip():
        return settings
    try:
        return replace(settings, points=float(most.replace(",", ".")))
    except ValueError:
        return settings


def _feedback(student: StudentResult, rubric: Rubric, settings: Settings) -> str:
    """HTML on one line, as Moodle's editor takes it; all of a student's text is escaped."""
    if student.score is None:
        return f"<p>{escape(csv_cell(student.message))}</p>"
    report = view(student.score, rubric, settings.language)
    return "".join([f"<p>{_br(total(report))}</p>", *_items(report)])


def _items(report: Report) -> Iterator[str]:
    for exercise in report.attempted:
        earned, possible = shown(exercise.earned), shown(exercise.possible)
        yield f"<p><b>{escape(exercise.id)} {escape(exercise.title)}</b>: {earned} / {possible}</p>"
        lost = [i for i in exercise.items if i.failure]
        if lost:
            entries = (
                f"{i.title} (−{shown(i.lost)}): {i.said}\n" + "\n".join(lines(i, report.language))
                for i in lost
            )
            yield "<ul>" + "".join(f"<li>{_br(e)}</li>" for e in entries) + "</ul>"


def _br(text: str) -> str:
    return "<br>".join(str(escape(line)) for line in text.split("\n"))
