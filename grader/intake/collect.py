"""Collects a class's submissions, and says before anything runs what does not fit."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, UsageError
from grader.gradebook import Received
from grader.intake.layouts import Group, Layout, recognise
from grader.intake.roster import Person, read_roster
from grader.intake.tree import Subtree, Tree, tree_of
from grader.loader import MAX_FILES, MAX_TOTAL, File, archived, wanted_file, wanted_folder

SHOWN = 8
"""names in one line of a note"""


@dataclass(frozen=True)
class Handin:
    """One student's submission: what is known of it, and how its files are read."""

    received: Received
    tree: Tree
    files: tuple[tuple[str, str], ...]

    def read(self) -> Iterator[File]:
        """Its .py files and notebooks; an archive is opened when there is nothing else. Raises SubmissionError."""
        wanted = [(path, shown) for path, shown in self.files if _is_wanted(shown)]
        archives = [(p, s) for p, s in self.files if s.lower().endswith(".zip")]
        if len(wanted) > MAX_FILES:
            raise SubmissionError(
                f"{self.received.source}: more than {MAX_FILES} .py files and notebooks; hand in the ones that count"
            )
        if not wanted and archives:
            for path, shown in archives:
                prefix = f"{PurePosixPath(shown).stem}/" if len(archives) > 1 else ""
                data = io.BytesIO(self.tree.read(path))
                for file in archived(data, self.tree.at(path)):
                    yield replace(file, path=prefix + file.path)
            return
        total = 0
        for path, shown in wanted:
            file = self._file(path, shown)
            total += len(file.data or b"")
            if total > MAX_TOTAL:
                raise SubmissionError(f"{self.received.source}: more than {MAX_TOTAL / 1e6:.0f} MB")
            yield file

    def _file(self, path: str, shown: str) -> File:
        try:
            return File(shown, self.tree.read(path))
        except SubmissionError as e:
            if len(self.files) == 1:
                raise
            return File(shown, problem=f"left out: {e}")


@dataclass(frozen=True)
class Intake:
    """A class's submissions.

    missing  students of the roster of whom there is nothing
    notes    what an instructor should know before anything runs
    """

    layout: str
    handins: tuple[Handin, ...]
    missing: tuple[Person, ...] = ()
    notes: tuple[str, ...] = ()


def collect(path: Path, *, layout: str = "auto", roster: Path | None = None) -> Intake:
    """Find the submissions in a folder or zip.

    Raises UsageError when there are none, or when two of them belong to one student.
    """
    people = read_roster(roster) if roster is not None else None
    whole = tree_of(path)
    found, tree = recognise(whole, _inner(whole), layout)
    if not found.groups:
        raise UsageError(
            f"{path}: no submissions in it; wanted a folder, notebook, .py file or zip per student"
        )
    placed = [(g, people.find((g.ident, *g.aliases)) if people else None) for g in found.groups]
    handins = tuple(_handin(tree, group, person) for group, person in placed)
    _refuse_duplicates(path, handins)
    present = {person for _, person in placed}
    missing = tuple(p for p in people.people if p not in present) if people else ()
    strangers = [g.ident for g, person in placed if people and person is None]
    return Intake(found.name, handins, missing, tuple(_notes(found, handins, missing, strangers)))


def _inner(tree: Tree) -> Iterator[Tree]:
    """The only folder of a tree without files."""
    if len(tree.folders) == 1 and not tree.top():
        yield Subtree(tree, tree.folders[0])


def _is_wanted(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts
    return wanted_file(name) and all(wanted_folder(f) for f in folders)


def _handin(tree: Tree, group: Group, person: Person | None) -> Handin:
    received = Received(
        _text(person.ident if person else group.ident),
        _text(person.name if person and person.name else group.name),
        _text(group.source),
        group.late,
        group.attempt,
        group.submitted_at,
    )
    return Handin(received, tree, group.files)


def _text(name: str) -> str:
    """A file name that is no UTF-8 must still fit into a table."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _refuse_duplicates(path: Path, handins: tuple[Handin, ...]) -> None:
    seen: dict[str, Handin] = {}
    for handin in handins:
        student = handin.received.student
        if student in seen:
            one, two = (PurePosixPath(h.received.source).name for h in (seen[student], handin))
            raise UsageError(f"{path}: {one} and {two} are both submissions of {student!r}; keep one")
        seen[student] = handin


# ---------------------------------------------------------------- what to say before anything runs


def _notes(
    layout: Layout, handins: tuple[Handin, ...], missing: tuple[Person, ...], strangers: list[str]
) -> Iterator[str]:
    late = sum(h.received.late is True for h in handins)
    again = sum((h.received.attempt or 1) > 1 for h in handins)
    said = [f"{late} late"] * bool(late) + [f"{again} handed in again"] * bool(again)
    if layout.name != "folders" or said:
        yield f"{len(handins)} submissions ({', '.join([layout.name, *said])})"
    if layout.unmatched:
        yield f"belong to nobody and are left alone: {_few(layout.unmatched)}"
    if strangers:
        yield f"not in the roster, graded under the names they have: {_few(strangers)}"
    if missing:
        yield f"in the roster, and nothing of them: {_few([p.name or p.ident for p in missing])}"


def _few(names: Iterable[str]) -> str:
    shown = [_text(n) for n in names]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
