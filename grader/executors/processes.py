"""Starts examiners on this machine and talks to them: the other end of grader.executors.examine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from typing import Any

from grader import wire
from grader.errors import CourseError, WorkerError
from grader.executors.base import Done, Job, RunResult, Setting

LAST_WORDS = 800
ENDS_SECONDS = 5.0
"""for clearing up"""


class ExaminerEnded(Exception):
    """An examiner ended in the middle of a job; the text says how, as far as that is known."""


class Examiner:
    """A process that examines one job at a time."""

    def __init__(self, family: ExaminerFamily, connection: Connection, pid: int | None) -> None:
        self._family, self.pid = family, pid
        self.connection = connection
        self.job: Job | None = None

    def give(self, job: Job) -> None:
        """Begin a job. Raises ExaminerEnded."""
        self.job = job
        try:
            self.connection.send_bytes(job.payload)
        except OSError:
            raise ExaminerEnded(self._epitaph()) from None

    def hear(self) -> Done | str:
        """What it says next: the exercise it begins, or the result. Raises ExaminerEnded."""
        assert self.job is not None  # an idle examiner says nothing
        try:
            said = wire.load(self.connection.recv_bytes())
        except (EOFError, OSError):
            raise ExaminerEnded(self._epitaph()) from None
        if "progress" in said:
            return str(said["progress"])
        job, self.job = self.job, None
        return Done(job, tuple(RunResult.from_data(r) for r in said["runs"]), said["seconds"])

    def close(self) -> None:
        self.connection.close()

    def _epitaph(self) -> str:
        self.connection.close()
        return self._family.bury(self.pid)


class ExaminerFamily:
    """A process that has imported everything, and its copies. Ended with whoever started it."""

    def __init__(self, setting: Setting, *, forks: bool = sys.platform == "linux") -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the processes that write to it)
        self._forks, self._setting = forks, setting
        self._processes: list[subprocess.Popen[bytes]] = []
        self._control = self._started()
        self._ready = False

    def examiner(self) -> Examiner:
        """A new examiner. Raises CourseError when the checks cannot be loaded, WorkerError when nothing starts."""
        self._wait_until_ready()
        if not self._forks:
            return self._only_one()
        ours, theirs = socket.socketpair()
        with theirs, ours:
            try:
                self._control.send_bytes(wire.dump({"do": "fork"}))
                with socket.socket(fileno=os.dup(self._control.fileno())) as unix:
                    socket.send_fds(unix, [b"."], [theirs.fileno()])
                pid = int(self._heard()["pid"])
            except OSError:
                raise WorkerError(f"the process that examines ended: {self._last_words()}") from None
            return Examiner(self, Connection(ours.detach()), pid)

    def retire(self, examiner: Examiner) -> None:
        """Let an idle examiner end by itself, so that it can clear up what it made."""
        examiner.close()
        if examiner.pid is not None:
            with contextlib.suppress(OSError, WorkerError):
                self._control.send_bytes(wire.dump({"do": "wait", "pid": examiner.pid}))
                self._heard()

    def bury(self, pid: int | None) -> str:
        """End what is left of an examiner; how it ended."""
        if pid is None:
            return " ".join(f"the examiner ended {self._last_words()}".split())
        try:
            self._control.send_bytes(wire.dump({"do": "end", "pid": pid}))
            status = self._heard()["status"]
        except (OSError, WorkerError):
            return f"the process that examines ended: {self._last_words()}"
        code = None if status is None else os.waitstatus_to_exitcode(int(status))
        how = (
            f"by signal {signal.Signals(-code).name}"
            if code is not None and code < 0
            else f"with exit code {code}"
        )
        return " ".join(f"the examiner ended {how} {self._last_words()}".split())

    def close(self) -> None:
        """End it and all its copies, whatever they are doing."""
        self._control.close()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(ENDS_SECONDS if self._ready else 0)
            process.kill()
            process.wait()
        self._errors.close()

    # -- inside

    def _started(self) -> Connection:
        ours, theirs = socket.socketpair()
        with theirs:
            one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
            process = subprocess.Popen(
                [sys.executable, "-m", "grader.executors.examine", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **one_thread},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
            )
        control = Connection(ours.detach())
        control.send_bytes(self._setting.to_bytes())
        self._processes.append(process)
        return control

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        said = self._heard()
        if "error" in said:
            raise (CourseError if said["usage"] else WorkerError)(said["error"])
        self._ready = True

    def _heard(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = wire.load(self._control.recv_bytes())
        except (EOFError, OSError):
            raise WorkerError(f"the process that examines ended: {self._last_words()}") from None
        return found

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            size = os.fstat(self._errors.fileno()).st_size
            words = os.pread(self._errors.fileno(), LAST_WORDS, max(0, size - LAST_WORDS))
            return words.decode(errors="replace")
        return ""

    def _only_one(self) -> Examiner:
        """Where forking is unsafe every examiner is a process of its own, and the next one begins to warm up."""
        self._control.send_bytes(wire.dump({"do": "serve"}))
        jobs, self._control, self._ready = self._control, self._started(), False
        return Examiner(self, jobs, None)
