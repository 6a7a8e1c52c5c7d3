"""Folder, .py file, notebook or zip → Submission. Reads text; runs, imports and unpickles nothing.

What cannot be used at all is a SubmissionError. A file that is broken, too large or not ours is a Remark, and the rest counts.
"""

from __future__ import annotations

import io
import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError
from grader.model import Remark, Submission, Unit
from grader.names import attempted, without_stubs
from grader.notebook import Run, read_notebook, read_python, wanted_names
from grader.rubric import Rubric

SUFFIXES = (".py", ".ipynb")
MAX_FILES = 200
MAX_MEMBERS = 5_000
MAX_FILE = 50_000_000
MAX_TOTAL = 200_000_000
MAX_DEPTH = 8
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error, lzma.LZMAError)
"""what zipfile raises on a broken archive"""
IGNORED = frozenset({"__pycache__", "__MACOSX", "node_modules", "site-packages"})


@dataclass(frozen=True)
class File:
    """A file of a submission: its path inside it, and its content or why it was left out."""

    path: str
    data: bytes | None = None
    problem: str = ""


def load_submission(
    path: Path, rubric: Rubric, *, name: str | None = None, run: Run = "definitions"
) -> Submission:
    """Read what a student handed in.

    path  a folder of .py files and notebooks, one such file, or a zip of them
    run   "definitions": of a notebook only what defines something; "full": every cell

    Raises SubmissionError when there is nothing that could be graded.
    """
    return read_submission(files_of(path), rubric, name=name or _name(path), shown=str(path), run=run)


def read_submission(
    files: Iterable[File], rubric: Rubric, *, name: str, shown: str, run: Run = "definitions"
) -> Submission:
    """A submission of these files; `shown` is where they lie, for messages. Raises SubmissionError."""
    files = list(files)
    units: list[Unit] = []
    remarks: list[Remark] = []
    for file in files:
        if file.data is None:
            remarks.append(Remark(file.path, file.problem))
            continue
        try:
            read = read_python(file.data, file.path, rubric) if file.path.endswith(".py") else read_notebook(
                file.data, file.path, rubric, run=run
            )  # fmt: skip
        except SubmissionError as e:
            if len(files) == 1:
                raise
            remarks.append(Remark(file.path, str(e)))
            continue
        units.append(_with_attempts(read[0], rubric))
        remarks += read[1]
    if not units:
        raise SubmissionError(
            f"{shown}: nothing to grade; wanted .py files or notebooks"
            + (f" ({remarks[0].where}: {remarks[0].message})" if remarks else "")
            + ". Start with: grade init DIR"
        )
    if run == "definitions":
        units = [_without_outdone_stubs(u, units) for u in units]
    return Submission(name, _distinct(units, remarks), tuple(remarks))


def _name(path: Path) -> str:
    resolved = path.resolve()
    return resolved.stem if resolved.suffix.lower() in (*SUFFIXES, ".zip") else resolved.name


def _with_attempts(unit: Unit, rubric: Rubric) -> Unit:
    names = wanted_names(rubric)
    return replace(unit, attempted=frozenset(n for c in unit.cells for n in attempted(c.source, names)))


def _without_outdone_stubs(unit: Unit, units: list[Unit]) -> Unit:
    """`grade init` writes a file and a notebook for each section: what is written in one outdoes its stub in the other."""
    written = frozenset(n for u in units if u is not unit and u.module == unit.module for n in u.attempted)
    gone = written - unit.attempted
    if not gone:
        return unit
    return replace(unit, cells=tuple(replace(c, source=without_stubs(c.source, gone)) for c in unit.cells))


def _distinct(units: list[Unit], remarks: list[Remark]) -> tuple[Unit, ...]:
    """Module names made unique. Of two files for one section the one with more answers comes first."""
    units = sorted(units, key=lambda u: -len(u.attempted))
    taken: dict[str, str] = {}
    result = []
    for unit in units:
        module, number = unit.module, 1
        while module in taken:
            number += 1
            module = f"{unit.module}_{number}"
        if number > 1 and unit.attempted:
            remarks.append(
                Remark(unit.path, f"answers the same section as {taken[unit.module]}, which comes first")
            )
        taken[module] = unit.path
        result.append(replace(unit, module=module))
    return tuple(sorted(result, key=lambda u: u.path))


# ---------------------------------------------------------------- files


def files_of(path: Path) -> Iterator[File]:
    """What a folder, .py file, notebook or zip holds for us. Raises SubmissionError."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise SubmissionError(f"{path}: no such file or folder") from None
    except OSError as e:
        raise SubmissionError(f"{path}: cannot be read ({e.strerror})") from None
    suffix = path.suffix.lower()
    if stat.S_ISDIR(mode):
        return _folder(path)
    if not stat.S_ISREG(mode):
        raise SubmissionError(f"{path}: is neither a file nor a folder")
    if suffix == ".zip":
        return archived(path, str(path))
    if suffix in SUFFIXES:
        return iter([_read(path, path.name, required=True)])
    raise SubmissionError(f"{path}: wanted a folder, a .py file, a notebook (.ipynb) or a .zip")


def _read(path: Path, shown: str, *, required: bool = False) -> File:
    try:
        size = path.stat().st_size
        if size <= MAX_FILE:
            return File(shown, path.read_bytes())
        problem = f"{size / 1e6:.0f} MB, more than the {MAX_FILE / 1e6:.0f} MB a file may have"
    except OSError as e:
        problem = f"cannot be read ({e.strerror})"
    if required:
        raise SubmissionError(f"{path}: {problem}")
    return File(shown, problem=problem)


def _folder(root: Path) -> Iterator[File]:
    found = 0
    for folder, folders, names in os.walk(root, onerror=_unreadable):
        here = Path(folder)
        depth = len(here.relative_to(root).parts)
        folders[:] = sorted(
            f for f in folders if wanted_folder(f) and depth < MAX_DEPTH and not (here / f).is_symlink()
        )
        for name in sorted(n for n in names if wanted_file(n)):
            shown = (here / name).relative_to(root).as_posix()
            if (here / name).is_symlink() or not (here / name).is_file():
                yield File(shown, problem="left out: a link or not a plain file")
                continue
            found += 1
            if found > MAX_FILES:
                raise SubmissionError(
                    f"{root}: more than {MAX_FILES} .py files and notebooks; name a smaller folder"
                )
            yield _read(here / name, shown)


def _unreadable(error: OSError) -> None:
    raise SubmissionError(f"{error.filename}: cannot be read ({error.strerror})")


def wanted_folder(name: str) -> bool:
    return (
        not name.startswith(".") and name not in IGNORED and not name.endswith((".venv", "venv", ".egg-info"))
    )


def wanted_file(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def archived(archive_file: Path | io.BytesIO, shown: str) -> Iterator[File]:
    """The wanted members of an archive, read into memory within limits; nothing is unpacked to disk.

    Raises SubmissionError.
    """
    try:
        with zipfile.ZipFile(archive_file) as archive:
            members = archive.infolist()
            _check_members(shown, members)
            for member in members:
                if _wanted_member(member):
                    yield _member(archive, member)
    except UNREADABLE as e:
        raise SubmissionError(f"{shown}: not a readable zip archive ({e}); zip the folder again") from None


def _check_members(shown: str, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise SubmissionError(
            f"{shown}: {len(members)} members, more than the {MAX_MEMBERS} an archive may have"
        )
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[:1]:
            raise SubmissionError(
                f"{shown}: member {member.filename!r} points outside the archive; zip the folder again"
            )
    wanted = [m for m in members if _wanted_member(m)]
    total = sum(m.file_size for m in wanted)
    if total > MAX_TOTAL or len(wanted) > MAX_FILES:
        raise SubmissionError(
            f"{shown}: unpacks to {total / 1e6:.0f} MB in {len(wanted)} files, more than the "
            f"{MAX_TOTAL / 1e6:.0f} MB in {MAX_FILES} files a submission may have"
        )


def _wanted_member(member: zipfile.ZipInfo) -> bool:
    inside = PurePosixPath(member.filename.replace("\\", "/"))
    link = stat.S_ISLNK(member.external_attr >> 16)
    return (
        not member.is_dir()
        and not link
        and bool(inside.parts)
        and wanted_file(inside.name)
        and all(wanted_folder(p) for p in inside.parts[:-1])
    )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> File:
    shown = member.filename.replace("\\", "/")
    if member.flag_bits & 1:
        return File(shown, problem="left out: encrypted")
    if member.file_size > MAX_FILE:
        return File(shown, problem=f"left out: {member.file_size / 1e6:.0f} MB")
    with archive.open(member) as f:
        data = f.read(MAX_FILE + 1)  # the announced size may be a lie
    return (
        File(shown, data) if len(data) <= MAX_FILE else File(shown, problem="left out: larger than announced")
    )
