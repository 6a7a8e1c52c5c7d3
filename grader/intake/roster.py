"""roster.csv: who is in the class, under which names the platforms know them, and what to call them in the table."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

# Headers of the lists that platforms give out, the best name for a student first.
IDS = ("student id", "sid", "sis user id", "id number", "org defined id", "identifier", "sis login id", "login id",
       "username", "id", "email", "email address", "github_username", "student")  # fmt: skip
NAMES = ("name", "full name", "student name", "display name", "student")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "surname", "family name")


@dataclass(frozen=True)
class Person:
    """A student of the roster: what stands for them in the table, their name, and everything they are known by."""

    ident: str
    name: str
    keys: frozenset[str]


class Roster:
    """Finds the student behind a name, an id or an address."""

    def __init__(self, people: tuple[Person, ...]) -> None:
        self.people = people
        self._by_key: dict[str, set[Person]] = {}
        for person in people:
            for key in person.keys:
                self._by_key.setdefault(key, set()).add(person)

    def find(self, names: Iterable[str]) -> Person | None:
        """The one student whom the first of `names` that is known stands for; None when nobody or several."""
        for name in names:
            found = self._by_key.get(plain(name), set())
            if len(found) == 1:
                return next(iter(found))
        return None


def read_roster(path: Path) -> Roster:
    """A table with a header. Every cell of a row is a name for its student; wanted is a column that identifies.

    Raises UsageError for a file that cannot be read, without such a column, or with an id twice.
    """
    header, rows = _table(path)
    plain_header = [plain(h) for h in header]
    id_column = _first(plain_header, IDS)
    if id_column is None:
        id_column = _first(plain_header, NAMES)
    if id_column is None:
        raise UsageError(
            f"{path}: no column that identifies a student; it has {', '.join(header[:12])}. Wanted one of: "
            + ", ".join(IDS[:6])
        )
    people = [_person(row, plain_header, id_column) for row in rows]
    people = [p for p in people if p.ident]
    seen: set[str] = set()
    for person in people:
        if person.ident in seen:
            raise UsageError(f"{path}: {person.ident!r} stands in two rows; keep one")
        seen.add(person.ident)
    return Roster(tuple(people))


def plain(name: str) -> str:
    """A name without what platforms and file systems change: case, the form of accents, blanks, punctuation."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(re.sub(r"[\s,._]+", " ", folded).split())


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"--roster {path}: cannot be read ({e}); wanted a CSV file in UTF-8") from None
    first = text.partition("\n")[0]
    try:
        table = [
            r
            for r in csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
            if any(r)
        ]
    except csv.Error as e:
        raise UsageError(f"--roster {path}: not a CSV file ({e})") from None
    if not table:
        raise UsageError(f"--roster {path}: empty; wanted a header and a row for each student")
    return table[0], table[1:]


def _first(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(plain(n)) for n in names if plain(n) in header), None)


def _person(row: list[str], header: list[str], id_column: int) -> Person:
    cells = dict(zip(header, (c.strip() for c in row), strict=False))
    first, last = (next((cells[n] for n in names if cells.get(n)), "") for names in (FIRST, LAST))
    full = next((cells[plain(n)] for n in NAMES if cells.get(plain(n))), "")
    name = full or f"{first} {last}".strip()
    known = {*cells.values(), name, f"{first} {last}", f"{last} {first}", f"{last}{first}"}
    if "," in full:  # "Byron, Ada" is Ada Byron, and byronada in Canvas's file names
        family, _, given = full.partition(",")
        known |= {f"{given} {family}", f"{family}{given}".replace(" ", "")}
    elif " " in full:
        known.add("".join([*full.split()[-1:], *full.split()[:-1]]))
    ident = row[id_column].strip() if id_column < len(row) else ""
    return Person(ident, name, frozenset(k for k in map(plain, known) if k))
