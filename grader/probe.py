"""Finds the level of the sandbox by trying to get out of it, in a real worker: what a system call returned proves nothing.

Each probe is something a hostile submission would try. A level holds when every probe up to it was stopped.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.dialogue import WorkerLimits
from grader.errors import Crashed, StudentHalt, UsageError, WorkerError
from grader.host import WorkerSubject
from grader.launch import Launcher
from grader.model import Cell, Submission, Unit
from grader.subject import Student
from grader.worker.process import Limits
from grader.worker.tree import tree

SOURCE = """
import os, socket, sys, time

def reads(path):
    try:
        with open(path, "rb") as f: return bool(f.read(1))
    except OSError: return False

def writes(folder):
    path = os.path.join(folder, ".grade-probe")
    try:
        with open(path, "x"): pass
    except OSError: return False
    os.remove(path)
    return True

def connects(port):
    try: socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError: return False
    return True

def signals(pid):
    try: os.kill(pid, 0)
    except OSError: return False
    return True

def sees(pid): return os.path.exists(f"/proc/{pid}")

def packages(): return [p for p in sys.path if os.path.isdir(p)]

def room():
    found = os.statvfs(".")
    return found.f_blocks * found.f_frsize

def leaves():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    return True
"""
ENDS_SECONDS = 2.0


@dataclass(frozen=True)
class Probe:
    """One attempt: the level that promises to stop it, and whether it was stopped."""

    name: str
    level: int
    stopped: bool


@dataclass(frozen=True)
class Proof:
    """What the probes came to."""

    level: int
    probes: tuple[Probe, ...]


def prove(launcher: Launcher, secrets: Sequence[Path] = ()) -> Proof:
    """Try to get out, and tell the launcher how far its level holds.

    secrets  files that a worker must not read, beside one that is planted

    Raises WorkerError when no worker can be started.
    """
    probes = tuple(_probes(launcher, secrets))
    broken = [probe.level for probe in probes if not probe.stopped]
    level = min([launcher.level, *(n - 1 for n in broken)])
    launcher.proved = max(level, 1)
    return Proof(launcher.level, probes)


def require(level: int, least: int) -> None:
    """Raises UsageError when the sandbox is weaker than what was asked for."""
    if level < least:
        raise UsageError(
            f"the sandbox reaches level {level} on this machine, and level {least} is wanted; "
            "grade doctor says what is missing and how to get it"
        )


def _probes(launcher: Launcher, secrets: Sequence[Path]) -> Iterator[Probe]:
    submission = Submission("probe", (Unit("probe", "probe.py", (Cell("probe.py", SOURCE),)),))
    subject = WorkerSubject(submission, launcher, WorkerLimits(call_seconds=5))
    student = Student(subject)
    try:
        with _secret() as planted:
            closed = [planted, *secrets]
            yield Probe("read a file of yours", 2, not any(_asked(student.reads, str(p)) for p in closed))
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            yield Probe("connect to a server on this machine", 2, not _asked(student.connects, port))
        places = student.packages()
        places = [str(p) for p in places] if isinstance(places, list) else []
        yield Probe("write among Python's packages", 2, not any(_asked(student.writes, p) for p in places))
        yield Probe("signal the grader", 2, not _asked(student.signals, os.getpid()))
        yield Probe("see the grader's process", 3, not _asked(student.sees, os.getpid()))
        yield Probe("write more than the scratch folder's size", 3, _room(student) <= Limits().scratch)
        _asked(student.leaves)
        worker = subject._launched().pid
        started = set(tree(worker)) if worker else set()
    except (Crashed, StudentHalt) as e:
        raise WorkerError(f"the probe of the sandbox did not come to its end: {e}") from e
    finally:
        subject.close()
    yield Probe("leave a process behind", 2, bool(started) and _all_ended(started))


def _asked(function: Callable[..., object], *arguments: object) -> bool:
    """Whether the attempt got through; one that failed for another reason than being refused counts as if it had."""
    try:
        return function(*arguments) is not False
    except Crashed:
        return True
    except StudentHalt:  # it was ended for it
        return False


def _room(student: Student) -> float:
    found = student.room()
    return float(found) if isinstance(found, int) else float("inf")


@contextmanager
def _secret() -> Iterator[Path]:
    """A file that everybody on this machine may read."""
    with tempfile.TemporaryDirectory(prefix="grade-probe-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "secret")
        path.write_text("secret")
        yield path


def _all_ended(pids: set[int]) -> bool:
    if sys.platform != "linux":
        return False
    deadline = time.monotonic() + ENDS_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
