"""A list of students that a platform let an instructor download, and whose result belongs to which row.

The file's own dialect is kept: encoding mark, separator, quotes and line ends. What is not filled stays as it was.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import UsageError
from grader.model import ClassResult, StudentResult

_BOM = "\ufeff"


@dataclass(frozen=True)
class Roster:
    """A downloaded table. `mark` is its byte order mark, or ""."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","
    line_end: str = "\n"
    mark: str = ""

    def column(self, *names: str) -> int:
        """The place of the first of `names` in the header. Raises UsageError when there is none."""
        found = self.find(*names)
        if found is None:
            wanted = " or ".join(repr(n) for n in names)
            raise UsageError(
                f"{self.name}: no column {wanted}; it has {', '.join(self.header[:12])}. "
                "Wanted the file as the platform gave it out"
            )
        return found

    def find(self, *names: str) -> int | None:
        plain = [h.strip().casefold() for h in self.header]
        return next((plain.index(n.casefold()) for n in names if n.casefold() in plain), None)

    def written(self, rows: Iterable[Sequence[str]], header: Sequence[str] | None = None) -> str:
        """`rows` under the header, in the dialect of the file."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerow(header or self.header)
        writer.writerows(rows)
        return self.mark + out.getvalue()


@dataclass(frozen=True)
class Filled:
    """A filled table, with what did not fit.

    unmatched  students with a result whom the table does not list
    blank      students of the table without a grade, and why
    """

    text: str
    unmatched: tuple[str, ...] = ()
    blank: tuple[tuple[str, str], ...] = ()


def read_roster(text: str, name: str) -> Roster:
    """Raises UsageError when `text` is no table with a header."""
    mark = _BOM if text.startswith(_BOM) else ""
    body = text.removeprefix(_BOM)
    first = body.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = [
            tuple(row) for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
        ]
    except csv.Error as e:
        raise UsageError(f"{name}: not a CSV file ({e}); download it again") from None
    if not table or len(table[0]) < 2:
        raise UsageError(
            f"{name}: no header with at least two columns; wanted a CSV file as the platform gave it out"
        )
    return Roster(name, table[0], tuple(table[1:]), delimiter, "\r\n" if "\r\n" in body else "\n", mark)


def match(
    rows: Sequence[Sequence[str]], keys: Callable[[Sequence[str]], Iterable[str]], result: ClassResult
) -> dict[int, StudentResult]:
    """Row number → the student's result.

    A student belongs to a row when the name of the submission equals one of the row's keys, or begins with one and
    goes on as downloaded submissions do ("Ada Byron_4711_assignsubmission_file"). Raises UsageError when a
    submission fits two rows or a row two submissions: a wrong grade is worse than none.
    """
    index = _index(rows, keys)
    found: dict[int, StudentResult] = {}
    for student in result.students:
        row = _row_of(student.student, index)
        if row is None:
            continue
        if row in found:
            raise UsageError(
                f"{found[row].student!r} and {student.student!r} both belong to one row of the table; keep one"
            )
        found[row] = student
    return found


def plain(name: str) -> str:
    """A key without what platforms and file systems change: case, accents' form, blanks, leading '#'."""
    folded = unicodedata.normalize("NFKC", name).casefold().strip().lstrip("#")
    return re.sub(r"[\s,_.]+", " ", folded).strip()


def _index(
    rows: Sequence[Sequence[str]], keys: Callable[[Sequence[str]], Iterable[str]]
) -> dict[str, int | None]:
    """key → row; None for a key that several rows share, which identifies nobody."""
    index: dict[str, int | None] = {}
    for number, row in enumerate(rows):
        for key in {plain(k) for k in keys(row)} - {""}:
            index[key] = None if key in index and index[key] != number else number
    return index


def _row_of(student: str, index: Mapping[str, int | None]) -> int | None:
    if plain(student) in index:
        return index[plain(student)]
    parts = student.split("_")
    candidates = {plain(student.partition("_")[0]), *(p for p in map(plain, parts[1:4]) if p.isdecimal())}
    rows = {row for key in candidates if (row := index.get(key)) is not None}
    if len(rows) > 1:
        raise UsageError(
            f"{student!r} fits {len(rows)} rows of the table; name the submission after one student"
        )
    return rows.pop() if rows else None
