"""Folders that a hostile process filled: counting and removing them without recursion, however deep they are."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from grader.worker.process import Limits


def overfull(folder: str, limits: Limits) -> bool:
    """Whether a scratch folder on disk holds more than it may; a file system of its own limits itself."""
    files = size = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    with contextlib.suppress(FileNotFoundError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if files > limits.files or size > limits.scratch:
                        return True
        except FileNotFoundError:
            continue
        except OSError:  # closed to us, or its path is too long: nobody needs that
            return True
    return False


def remove_tree(folder: Path) -> None:
    """Remove a folder and what is in it. A subfolder's folders are moved up before it goes, so no path grows long.

    What cannot be removed stays; nothing is raised.
    """
    moved = 0
    with contextlib.suppress(OSError):
        while subfolders := _emptied(folder):
            for subfolder in subfolders:
                subfolder.chmod(0o700)
                for inner in _emptied(subfolder):
                    moved += 1
                    inner.rename(folder / f".moved-{moved}-{os.getpid()}")
                subfolder.rmdir()
        folder.rmdir()


def _emptied(folder: Path) -> list[Path]:
    """Remove the files of a folder; its subfolders."""
    with os.scandir(folder) as entries:
        found = list(entries)
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            Path(entry.path).unlink(missing_ok=True)
    return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
