"""What a process does to itself before it runs student code: threads, descriptors, limits, names in its environment."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.worker.sandbox import calls

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
FILE_BYTES = 256 << 20
OPEN_FILES = 256


@dataclass(frozen=True)
class Limits:
    """What a worker and everything it starts may use, together.

    memory   bytes beyond what it has when it starts
    tasks    processes and threads
    seconds  CPU time in its whole life
    scratch  bytes of files
    files    number of files
    """

    memory: int = 3 << 30
    tasks: int = 64
    seconds: int = 3600
    scratch: int = 512 << 20
    files: int = 16_384


def one_thread() -> None:
    """Before anything is imported: numerical libraries start their threads when they are."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = "1"


def die_with_parent() -> None:
    """Linux: end when the process that started this one ends."""
    if sys.platform == "linux":
        calls.prctl(calls.PR_SET_PDEATHSIG, signal.SIGKILL)


def redirect(output: int) -> None:
    """Standard input is empty; standard output and error go into the pipe `output`."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in {null, output} - {0, 1, 2}:
        os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 (lives as long as the process)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 (the same)


def settle(folder: str) -> None:
    """Make `folder` the working directory, home, and place of temporary files."""
    os.chdir(folder)
    tempfile.tempdir = None  # it remembers what the process that forked us had
    os.environ["TMPDIR"] = os.environ["HOME"] = folder


def limit(limits: Limits, *, tasks: bool, memory: bool) -> None:
    """Limits of the kernel on this process and each that it starts.

    tasks   whether this process's user has no other processes: the limit counts a user's
    memory  whether address space is limited; GPU drivers reserve more of it than there is memory
    """
    kinds = [
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, limits.seconds),
    ]
    if sys.platform == "linux":
        kinds += [(resource.RLIMIT_MSGQUEUE, 0)]
        kinds += (
            [(resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_AS, _mapped() + limits.memory)] if memory else []
        )
        kinds += [(resource.RLIMIT_NPROC, limits.tasks)] if tasks else []
    for kind, value in kinds:
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
            resource.setrlimit(kind, (value, value))


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
