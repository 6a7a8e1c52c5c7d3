"""Archives → files below one folder. Whatever an archive says, nothing lands elsewhere and nothing is larger than allowed."""

from __future__ import annotations

import hashlib
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from grader.errors import UsageError

MOST_FILES = 200_000
CHUNK = 1 << 20
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, NotImplementedError, EOFError, zlib.error, lzma.LZMAError, RuntimeError,
    OverflowError, UnicodeError,
)  # fmt: skip
"""what zipfile and tarfile raise on what is no archive"""

Member = tuple[str, IO[bytes]]


def is_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def unpack(archive: Path, name: str, into: Path, *, most: int) -> dict[str, str]:
    """Unpack `archive`, whose published name is `name`, into the empty folder `into`; what is no archive is copied.

    most  bytes it may unpack to

    returns  path → digest of what was written

    Raises UsageError for an archive that is broken, too large or points outside, OSError for a full disk.
    """
    try:
        written: dict[str, str] = {}
        left = most
        for path, stream in _members(archive, name):
            if len(written) >= MOST_FILES:
                raise UsageError(f"{name}: more than {MOST_FILES:,} files")
            size, written[path] = _write(into / _inside(name, path), stream, left)
            left -= size
            if left < 0:
                raise UsageError(f"{name}: unpacks to more than the {most / 1e6:.0f} MB it may have")
        return written
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as e:
        raise UsageError(f"{name}: two of its members are in each other's way ({e.filename})") from e
    except BROKEN as e:
        raise UsageError(f"{name}: not a readable archive ({e})") from e


def digest_of(path: Path) -> str:
    """The digest that `unpack` gives a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _members(archive: Path, name: str) -> Iterator[Member]:
    if not is_archive(name):
        with archive.open("rb") as file:
            yield name, file
    elif name.lower().endswith(".zip"):
        yield from _zip(archive, name)
    else:
        yield from _tar(archive, name)


def _zip(archive: Path, name: str) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise UsageError(f"{name}: member {member.filename!r} is a link or a device")
            if not member.is_dir():
                with opened.open(member) as file:
                    yield member.filename.replace("\\", "/"), file


def _tar(archive: Path, name: str) -> Iterator[Member]:
    with tarfile.open(archive) as opened:
        for member in opened:
            if member.isdir():
                continue
            file = opened.extractfile(member) if member.isreg() else None
            if file is None:
                raise UsageError(f"{name}: member {member.name!r} is a link or a device")
            with file:
                yield member.name, file


def _inside(name: str, member: str) -> PurePosixPath:
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or not path.parts or ":" in path.parts[0] or "\0" in member:
        raise UsageError(f"{name}: member {member!r} points outside the archive")
    return path


def _write(path: Path, stream: IO[bytes], most: int) -> tuple[int, str]:
    """Copy at most a chunk more than `most`; (bytes, digest)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size, found = 0, hashlib.sha256()
    with path.open("xb") as file:
        while size <= most and (chunk := stream.read(CHUNK)):
            file.write(chunk)
            found.update(chunk)
            size += len(chunk)
    return size, found.hexdigest()
