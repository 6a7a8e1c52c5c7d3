"""Examines on this machine, several submissions at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path

from grader.executors.base import MOST_LOSSES, Done, Executor, Job, Lost, Progress, Setting
from grader.executors.processes import Examiner, ExaminerEnded, ExaminerFamily

MEMORY_EACH = 1 << 30
"""what an examiner and its worker usually take; a submission may take more for a while"""


class LocalExecutor(Executor):
    """A family of examiner processes. It warms up from the moment it is made."""

    def __init__(self, setting: Setting, jobs: int) -> None:
        self._slots = jobs
        self._family = ExaminerFamily(replace(setting, slots=jobs))
        self._idle: list[Examiner] = []
        self._busy: list[Examiner] = []
        self._losses: dict[str, list[str]] = {}
        """submission → how its examiners ended"""

    @property
    def slots(self) -> int:
        return self._slots

    def run(self, jobs: Iterator[Job], progress: Progress) -> Iterator[Done | Lost]:
        waiting: list[Job] = []  # lost once, to be tried again
        more = True
        while more or waiting or self._busy:
            while len(self._busy) < self._slots and (more or waiting):
                job = waiting.pop() if waiting else next(jobs, None)
                if job is None:
                    more = False
                    continue
                yield from self._begin(job, waiting)
            for connection in wait([e.connection for e in self._busy]) if self._busy else ():
                examiner = next(e for e in self._busy if e.connection is connection)
                yield from self._hear(examiner, progress, waiting)

    def close(self) -> None:
        for examiner in self._busy:
            examiner.close()
        for examiner in self._idle:
            self._family.retire(examiner)
        self._family.close()

    def _begin(self, job: Job, waiting: list[Job]) -> Iterator[Lost]:
        examiner = self._idle.pop() if self._idle else self._family.examiner()
        try:
            examiner.give(job)
            self._busy.append(examiner)
        except ExaminerEnded as e:
            yield from self._lost(job, str(e), waiting)

    def _hear(self, examiner: Examiner, progress: Progress, waiting: list[Job]) -> Iterator[Done | Lost]:
        job = examiner.job
        assert job is not None  # it is busy
        try:
            said = examiner.hear()
        except ExaminerEnded as e:
            self._busy.remove(examiner)
            yield from self._lost(job, str(e), waiting)
            return
        if isinstance(said, Done):
            self._busy.remove(examiner)
            self._idle.append(examiner)
            yield said
        else:
            progress(job.name, said)

    def _lost(self, job: Job, reason: str, waiting: list[Job]) -> Iterator[Lost]:
        reasons = self._losses.setdefault(job.name, [])
        reasons.append(reason)
        if len(reasons) < MOST_LOSSES:
            waiting.append(job)
        else:
            yield Lost(job, f"quarantined: {len(reasons)} examiners ended while they examined it ({reason})")


def default_jobs() -> int:
    """One for every core we may use, and fewer where memory is short."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _free_memory() // MEMORY_EACH))


def _free_memory() -> int:
    """Bytes that can be used without swapping, within the control group's limit; a guess where nobody tells."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return 8 << 30
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):  # no limit, or no such file
        return free
    return min(free, max(0, limit - used))
