"""How much a worker and everything it started use, together: the kernel's own limits count each process alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.worker.process import Limits

MOST_SOCKETS = 32
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
"""clock ticks a second, in which /proc counts CPU time"""


@dataclass(frozen=True)
class Usage:
    """memory in bytes: what is not shared with files; seconds of CPU time, of ended children too."""

    memory: int = 0
    tasks: int = 0
    seconds: float = 0.0


def children(pid: int | str = "self") -> set[int]:
    """Processes that this one started or adopted; none where the system does not tell."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found |= {int(p) for p in path.read_text().split()}
        except OSError:  # the thread has ended
            continue
    return found


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    waiting = [pid]
    while waiting:  # no recursion: a chain of processes can be long
        one = waiting.pop()
        yield one
        waiting += children(one)


def usage(pid: int, each: int = 0) -> Usage:
    """What a process and all below it use; `each` bytes of memory are granted to every one of them."""
    memory = tasks = 0
    seconds = 0.0
    for one in tree(pid):
        found = _of(one)
        memory += max(0, found.memory - each)
        tasks += found.tasks
        seconds += found.seconds
    return Usage(memory, tasks, seconds)


def _of(pid: int) -> Usage:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    except OSError:
        return Usage()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    kilobytes = sum(int(fields.get(name, "0").split()[0]) for name in ("RssAnon", "RssShmem"))
    return Usage(kilobytes << 10, int(fields["Threads"]), sum(map(int, times)) / _TICKS)


def excess(used: Usage, limits: Limits) -> str:
    """Which limit is broken, or ""."""
    if used.memory > limits.memory:
        return "memory"
    if used.tasks > limits.tasks:
        return "tasks"
    return "seconds" if used.seconds > limits.seconds else ""
