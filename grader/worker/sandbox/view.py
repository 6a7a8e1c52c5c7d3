"""What a worker may see of the file system: Python, its packages and the system's libraries, and nothing else.

    /usr                        shown
    …/site-packages             shown
    …/site-packages/grader      hidden, whichever package runs: the installed one holds the course
    …/site-packages/grader/worker   shown

Paths are listed parents first; the last entry above a path decides. At level 3 the view is built as a file system of
its own, at level 2 it becomes a list of paths for Landlock.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.worker.sandbox.landlock import LIST, RUN

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store", "/gnu/store")
SETTINGS = ("ld.so.cache", "localtime", "alternatives", "fonts", "mime.types")
TOPOLOGY = ("/sys/devices/system/cpu", "/sys/devices/system/node")
OF_PREFIX = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
PACKAGES = ("site-packages", "dist-packages")
GPU = (
    "dev/nvidia*",
    "dev/kfd",
    "dev/dri",
    "sys/bus/pci",
    "sys/devices",
    "sys/module/nvidia*",
    "sys/class/drm",
)


@dataclass(frozen=True)
class View:
    """`entries`: (path, shown), parents first."""

    entries: tuple[tuple[str, bool], ...]

    def shows(self, path: str) -> bool:
        above = [shown for entry, shown in self.entries if is_within(path, entry)]
        return bool(above) and above[-1]

    def openings(self) -> Iterator[tuple[str, int]]:
        """The view as Landlock rules: (path, rights). Names in a folder with something hidden can be listed."""
        hidden = [path for path, shown in self.entries if not shown]
        for path, shown in self.entries:
            if shown:
                yield from _openings(path, hidden)


def python_view(hidden: Iterable[str] = (), *, devices: bool = False) -> View:
    """What this interpreter needs to import and to run.

    hidden   folders and files to hide wherever they lie in what is shown: the course, the submissions
    devices  GPU drivers' device files, their libraries and what they read about the hardware
    """
    own = Path(__file__).resolve().parents[2]  # the package `grader`
    marks = dict.fromkeys(_shown(), True)
    if devices:
        marks |= {str(path): True for pattern in GPU for path in Path("/").glob(pattern)}
        marks |= {form: True for folder in driver_folders() for form in _forms(folder)}
    unwanted = {str(own), *(form for path in hidden for form in _forms(path))}
    # installed in place (pip install --editable), the package lies elsewhere and yet leaves its course here
    unwanted |= {f"{path}/{own.name}" for path in marks if Path(path, own.name).is_dir()}
    marks |= {path: False for path in unwanted if _above(path, marks)}
    marks |= {str(own / name): True for name in ("__init__.py", "worker")}
    return View(tuple(_needed(sorted(marks.items(), key=lambda entry: Path(entry[0]).parts))))


def driver_folders() -> list[str]:
    """Where the grader's environment says a GPU driver's libraries lie: containers keep them beside the system's."""
    named = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return [folder for folder in named if folder and any(Path(folder).glob("libcuda.so*"))]


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _shown() -> set[str]:
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    wanted = [*SYSTEM, *TOPOLOGY, *(f"/etc/{name}" for name in SETTINGS)]
    wanted += [f"{prefix}/{name}" for prefix in prefixes for name in OF_PREFIX]
    # not every entry of sys.path: one may be somebody's project, installed in place
    wanted += [entry for entry in (*sys.path, *site.getsitepackages()) if Path(entry).name in PACKAGES]
    return {form for path in wanted if os.path.lexists(path) for form in _forms(path)}


def _forms(path: str) -> set[str]:
    """A path as it is written and as it is meant: both must work inside."""
    return {str(Path(path).absolute()), str(Path(path).resolve())}


def _above(path: str, marks: Iterable[str]) -> bool:
    return any(is_within(path, mark) for mark in marks)


def _needed(entries: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Leave out an entry that says what an entry above it says already."""
    kept: list[tuple[str, bool]] = []
    for path, shown in entries:
        above = [s for p, s in kept if is_within(path, p)]
        if (above[-1] if above else False) is not shown:
            kept.append((path, shown))
            yield path, shown


def _openings(path: str, hidden: list[str]) -> Iterator[tuple[str, int]]:
    if path in hidden:
        return
    if not any(is_within(h, path) for h in hidden):
        yield path, RUN
        return
    yield path, LIST
    for entry in sorted(Path(path).iterdir()):
        yield from _openings(str(entry), hidden)
