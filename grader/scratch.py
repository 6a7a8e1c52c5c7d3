"""The grader's own folder among the system's temporary ones, and the removal of those that a killed grader left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from grader.worker.folders import remove_tree
from grader.worker.sandbox.outer import ROOT_FOLDER, WORK_FOLDER

PREFIX = "grade-run-"
YOUNG_SECONDS = 60.0


class Scratch:
    """A folder that lives as long as this process at most; `path` has a place for workers' files in `WORK_FOLDER`.

    A lock on it says that an owner lives: the next grader sweeps away what nobody holds.

    owners  how many forks of this process will own it; the last one removes it
    """

    def __init__(self, owners: int = 1) -> None:
        sweep()
        self._owners = owners
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path.chmod(0o711)  # workers may be other users; who does not know its name finds nothing in it
        for name in (ROOT_FOLDER, WORK_FOLDER):
            (self.path / name).mkdir(mode=0o711)

    def remove(self) -> None:
        """Give it up; it is removed where nobody else owns it."""
        self.leave()
        if self._owners == 0:
            with contextlib.suppress(OSError), _held(self.path):
                remove_tree(self.path)

    def leave(self) -> None:
        """A fork of this process owns it from now on: one owner less here."""
        self._owners -= 1
        if self._owners == 0:
            os.close(self._lock)


def sweep() -> None:
    """Remove folders of graders that were killed. What cannot be removed is somebody else's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), _held(folder):
            if time.time() - folder.stat().st_mtime > YOUNG_SECONDS:  # a young one may not be locked yet
                remove_tree(folder)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Raises OSError when the owner lives."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
