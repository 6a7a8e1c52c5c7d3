"""Brightspace: a file for "Import grades", made from the list of students it exported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.errors import UsageError
from grader.exporters.gradebook import blank, grade, unmatched
from grader.exporters.roster import Filled, Roster, match
from grader.exporters.settings import Settings
from grader.model import ClassResult


def brightspace(result: ClassResult, roster: Roster, settings: Settings) -> Filled:
    """Rows for "Import grades" of Brightspace: its key columns, one "… Points Grade" and the end-of-line mark."""
    if not settings.assignment:
        raise UsageError("brightspace: name the grade item with --assignment")
    keys = [c for n in ("OrgDefinedId", "Username") if (c := roster.find(n)) is not None]
    if not keys:
        roster.column("OrgDefinedId", "Username")
    names = [c for n in ("First Name", "Last Name", "Email") if (c := roster.find(n)) is not None]
    matched = match(roster.rows, lambda r: [*(r[k] for k in keys), *_full_names(r, names)], result)
    written = []
    for number, row in enumerate(roster.rows):
        points = grade(matched.get(number), settings)
        if points:
            written.append([*(row[k] for k in keys), points, "#"])
    item = settings.assignment.removesuffix(" Points Grade")
    header = [*(roster.header[k] for k in keys), f"{item} Points Grade", "End-of-Line Indicator"]
    ungraded = blank([r[keys[-1]] for r in roster.rows], matched, settings)
    return Filled(roster.written(written, header), unmatched(result, matched), ungraded)


def _full_names(row: Sequence[str], columns: Sequence[int]) -> Iterator[str]:
    cells = [row[c] for c in columns if c < len(row)]
    yield " ".join(cells[:2])
    yield from cells[2:]
