"""What an instructor has on disk as a list of files, whether it is a folder or a zip of one."""

from __future__ import annotations

import os
import stat
import zipfile
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionError, UsageError
from grader.loader import MAX_DEPTH, MAX_FILE, MAX_TOTAL, UNREADABLE, wanted_folder

MOST_FILES = 500_000
PLATFORM_LEVELS = 3
"""how deep learning platforms nest submissions"""


class Tree(ABC):
    """Files by their paths (POSIX, relative to the root), in order."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    @abstractmethod
    def paths(self) -> tuple[str, ...]:
        """Every plain file outside hidden and generated folders."""

    @property
    @abstractmethod
    def folders(self) -> tuple[str, ...]:
        """The folders at the top, empty ones too."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """A file's content. Raises SubmissionError when it cannot be read or is too large."""

    @abstractmethod
    def is_repository(self, folder: str) -> bool:
        """Whether a folder at the top is a git clone."""

    def at(self, path: str) -> str:
        """How a file is named to people."""
        return f"{self.name}/{path}"

    def top(self) -> tuple[str, ...]:
        """Files at the top."""
        return tuple(p for p in self.paths if "/" not in p)

    def below(self, folder: str) -> tuple[str, ...]:
        paths = self.paths
        first, after = (bisect_left(paths, folder + c) for c in "/0")  # "0" follows "/"
        return paths[first:after]


class FolderTree(Tree):
    """A folder on disk. Links are not followed."""

    def __init__(self, root: Path) -> None:
        super().__init__(str(root))
        self._root = root

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._walk()))

    @cached_property
    def folders(self) -> tuple[str, ...]:
        with os.scandir(self._root) as entries:
            found = [e.name for e in entries if e.is_dir(follow_symlinks=False) and wanted_folder(e.name)]
        return tuple(sorted(found))

    def read(self, path: str) -> bytes:
        try:
            size = (self._root / path).stat().st_size
            _check_size(size, path)
            return (self._root / path).read_bytes()
        except OSError as e:
            raise SubmissionError(f"{self.at(path)}: cannot be read ({e.strerror})") from None

    def is_repository(self, folder: str) -> bool:
        return (self._root / folder / ".git").exists()

    def _walk(self) -> Iterator[str]:
        found = 0
        for folder, folders, names in os.walk(self._root, onerror=_unreadable):
            here = Path(folder)
            inside = here.relative_to(self._root)
            deep = len(inside.parts) >= MAX_DEPTH + PLATFORM_LEVELS
            folders[:] = (
                [] if deep else [f for f in folders if wanted_folder(f) and not (here / f).is_symlink()]
            )
            for name in names:
                if name.startswith(".") or not stat.S_ISREG((here / name).lstat().st_mode):
                    continue
                found += 1
                if found > MOST_FILES:
                    raise UsageError(f"{self._root}: more than {MOST_FILES:,} files; name a smaller folder")
                yield (inside / name).as_posix()


class ZipTree(Tree):
    """A zip as a platform gives it out; read where it lies, nothing is unpacked to disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        try:
            self._archive = zipfile.ZipFile(path)
        except UNREADABLE as e:
            raise UsageError(f"{path}: not a readable zip archive ({e}); download it again") from None
        self._members = {_inside(path, m): m for m in self._archive.infolist() if not _skipped(m)}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(p for p, m in self._members.items() if not m.is_dir() and self._seen(p)))

    @cached_property
    def folders(self) -> tuple[str, ...]:
        found = {PurePosixPath(p).parts[0] for p, m in self._members.items() if "/" in p or m.is_dir()}
        return tuple(sorted(f for f in found if wanted_folder(f)))

    def read(self, path: str) -> bytes:
        member = self._members[path]
        if member.flag_bits & 1:
            raise SubmissionError(f"{self.at(path)}: left out: encrypted")
        _check_size(member.file_size, path)
        try:
            with self._archive.open(member) as f:
                return f.read(member.file_size + 1)
        except UNREADABLE as e:
            raise SubmissionError(f"{self.at(path)}: cannot be read ({e})") from None

    def is_repository(self, folder: str) -> bool:
        return any(p.startswith(f"{folder}/.git/") for p in self._members)

    def _seen(self, path: str) -> bool:
        *folders, name = PurePosixPath(path).parts
        return not name.startswith(".") and all(wanted_folder(f) for f in folders)


class Subtree(Tree):
    """A folder of a tree as a tree: platforms wrap what they give out into one."""

    def __init__(self, tree: Tree, folder: str) -> None:
        super().__init__(f"{tree.name}/{folder}")
        self._tree, self._folder = tree, folder

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(p.removeprefix(f"{self._folder}/") for p in self._tree.below(self._folder))

    @cached_property
    def folders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.split("/")[0] for p in self.paths if "/" in p))

    def read(self, path: str) -> bytes:
        return self._tree.read(f"{self._folder}/{path}")

    def is_repository(self, folder: str) -> bool:
        return self._tree.is_repository(f"{self._folder}/{folder}")


def tree_of(path: Path) -> Tree:
    """Raises UsageError when `path` is neither a folder nor a zip."""
    if path.is_dir():
        return FolderTree(path)
    if path.is_file() and path.suffix.lower() == ".zip":
        return ZipTree(path)
    raise UsageError(
        f"{path}: not a folder; wanted one with a folder, notebook or zip per student, or the zip that a learning "
        "platform gave out"
    )


def _check_size(size: int, path: str) -> None:
    most = MAX_TOTAL if path.lower().endswith(".zip") else MAX_FILE
    if size > most:
        raise SubmissionError(f"{path}: {size / 1e6:.0f} MB, more than the {most / 1e6:.0f} MB it may have")


def _unreadable(error: OSError) -> None:
    raise UsageError(f"{error.filename}: cannot be read ({error.strerror})")


def _skipped(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _inside(archive: Path, member: zipfile.ZipInfo) -> str:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
        raise UsageError(
            f"{archive}: member {member.filename!r} points outside the archive; download it again"
        )
    return path.as_posix()
