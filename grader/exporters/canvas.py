"""Canvas: a file for "Import grades" of the gradebook, made from the gradebook as Canvas exported it.

Canvas reads by the first columns who a row is for, and takes every cell of an assignment's column for the new grade.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.errors import UsageError
from grader.exporters.gradebook import blank, grade, unmatched
from grader.exporters.roster import Filled, Roster, match
from grader.exporters.settings import Settings
from grader.model import ClassResult
from grader.report.plain import csv_cell

_CANVAS_IDENTITY = (
    "Student",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Integration ID",
    "Root Account",
    "Section",
)


def canvas(result: ClassResult, roster: Roster, settings: Settings) -> Filled:
    """Rows for "Import grades" of Canvas's gradebook.

    Only the identity columns, as they were exported, and the one column of the assignment. There is no
    "Points Possible" row, because Canvas would take it for the assignment's new value; and no row for a student
    without a grade, because Canvas would take an empty cell for a deletion.
    """
    if not settings.assignment:
        raise UsageError("canvas: name the assignment's column with --assignment, as Canvas exported it")
    identity = [i for i, h in enumerate(roster.header) if h.strip() in _CANVAS_IDENTITY]
    student, id, section = roster.column("Student"), roster.column("ID"), roster.column("Section")
    column = _canvas_column(roster, settings.assignment)
    rows = [
        r
        for r in roster.rows
        if len(r) > section and (r[id].strip() or r[student].strip()) and not _canvas_note(r)
    ]
    logins = [c for n in ("ID", "SIS User ID", "SIS Login ID") if (c := roster.find(n)) is not None]
    matched = match(rows, lambda r: [*(r[c] for c in logins), *_names(r[student])], result)
    written = []
    for number, row in enumerate(rows):
        points = grade(matched.get(number), settings)
        if points:
            cells = [row[i] for i in identity]
            name = identity.index(student)
            cells[name] = csv_cell(cells[name]) if row[id].strip() else cells[name]  # matched by the id, then
            written.append([*cells, points])
    header = [*(roster.header[i] for i in identity), column]
    ungraded = blank([r[student] for r in rows], matched, settings)
    return Filled(roster.written(written, header), unmatched(result, matched), ungraded)


def _canvas_note(row: Sequence[str]) -> bool:
    return "points possible" in row[0].casefold() or row[0].strip().casefold() == "student, test"


def _canvas_column(roster: Roster, assignment: str) -> str:
    """The assignment's own header, "Name (id)"; a name that is not there would make a new assignment of it."""
    names = {h: re.sub(r"\s*\(\d+\)\s*$", "", h) for h in roster.header}
    found = [h for h, name in names.items() if assignment in (h, name)]
    if len(found) != 1:
        raise UsageError(
            f"{roster.name}: {len(found) or 'no'} columns are named {assignment!r}; "
            "create the assignment in Canvas, export the gradebook again, and name its column, with the number if need be"
        )
    return found[0]


def _names(name: str) -> list[str]:
    """ "Byron, Ada" is also "Ada Byron" and "byronada", as Canvas names the files it gives out."""
    last, comma, first = (part.strip() for part in name.partition(","))
    return [name, f"{first} {last}", f"{last}{first}"] if comma else [name, name.replace(" ", "")]
