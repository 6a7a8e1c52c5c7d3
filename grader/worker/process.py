"""What a process does to itself before it runs student code: threads, descriptors, limits, a scratch folder."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
PRELOAD = ("numpy", "torch", "torch.nn.functional", "torchvision", "torchvision.transforms", "PIL.Image")
FILE_BYTES = 256 << 20
OPEN_FILES = 256
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def warm_up() -> None:
    """Import what nearly every submission imports, with a single thread so that forks are safe."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = "1"
    for name in PRELOAD:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)


def prepare(output: int, memory: int) -> None:
    """Become a worker: own session, output into the pipe `output`, `memory` bytes beyond what is mapped now (0: any).

    The working directory is a fresh scratch folder; whoever started the process removes it.
    """
    with contextlib.suppress(PermissionError):  # already a session leader when spawned
        os.setsid()
    die_with_parent()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for descriptor in {null, output} - {0, 1, 2}:
        os.close(descriptor)
    sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 (lives as long as the process)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 (the same)
    tempfile.tempdir = None
    os.environ["TMPDIR"] = os.environ["HOME"] = str(Path.cwd())
    _limit(memory)


def die_with_parent() -> None:
    """Linux: a worker never outlives the process that started it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Linux: what a worker leaves behind becomes our child, so that we can end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _limit(memory: int) -> None:
    limits = [
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ]
    if sys.platform == "linux" and memory:
        limits.append((resource.RLIMIT_AS, _mapped() + memory))
    for kind, value in limits:
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit is in force already
            resource.setrlimit(kind, (value, value))


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
