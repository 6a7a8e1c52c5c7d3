"""Writing files so that a reader never sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from grader.errors import UsageError


def write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a UTF-8 file through a temporary one beside it. Raises UsageError when that is impossible.

    Half a surrogate pair, which a student's text may hold, is written as an escape (and in JSON still is one).
    """
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"), durable=durable)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """The same for bytes. Without `durable` a power cut may lose the file, though never leave half of it visible to
    a program: for files that can be made again. A pipe or a device (/dev/stdout) is written to, never replaced."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)
            return
        descriptor, temporary = _beside(path)
        try:
            with os.fdopen(descriptor, "wb") as f:
                f.write(data)
                f.flush()
                if durable:
                    os.fsync(f.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as e:
        raise UsageError(
            f"{path}: cannot be written ({e.strerror}); choose another place or make room"
        ) from e


def _beside(path: Path) -> tuple[int, str]:
    """A new file in the same folder, which is made where it is missing."""
    prefix = f".{path.name[:40]}."
    try:
        return tempfile.mkstemp(prefix=prefix, dir=path.parent)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(prefix=prefix, dir=path.parent)
