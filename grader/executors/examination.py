"""Examines submissions with everything warm: torch, pytest, the reference and the collected checks.

Once all is imported, {"ready": true} or {"error": text, "usage": whether the course is to blame} goes out. Then come

    {"do": "fork"}  with one descriptor: a copy of this process serves jobs on it → {"pid": n}
    {"do": "end", "pid": n}  kill a copy → {"status": wait status}
    {"do": "wait", "pid": n} the same, after it has had time to end by itself
    {"do": "serve"} this process itself serves jobs on FD, for platforms on which forking is unsafe

A job comes as bytes (`Order`); {"progress": exercise} and at last {"runs": […]} go back.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from grader import training, wire
from grader.course import Course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import CourseError, GraderError
from grader.executors.base import Order, RunResult, Setting
from grader.executors.examine import started
from grader.known import KnownChecks
from grader.launch import Launcher
from grader.probe import prove, require
from grader.worker.process import die_with_parent

PATIENCE = 10.0
"""seconds that a copy has to clear up"""


class Examination:
    """Waits for orders, forks, and examines in the copies."""

    def __init__(self, control: Connection, setting: Setting, launchers: list[Launcher]) -> None:
        self._control, self._setting, self._launchers = control, setting, launchers
        self._course = Course(Path(setting.course))
        self._jobs: Connection | None = None
        self._launcher: Launcher | None = None
        self._exercise = ""

    def run(self) -> None:
        chosen = self._setting.exercises
        examiner = Examiner(
            self._course,
            secret=self._setting.secret,
            exercises=None if chosen is None else frozenset(chosen),
            progress=self._progress,
            training=training.Setting(*self._setting.training) if self._setting.training else None,
            known=KnownChecks(self._course),
        )
        try:
            examiner.examine(self._tasks(), self._done)
        except GraderError as e:
            if self._jobs is not None:
                raise
            self._say(self._control, {"error": str(e), "usage": isinstance(e, CourseError)})
        finally:
            for launcher in (*self._launchers, self._launcher):
                if launcher is not None:
                    launcher.close()

    # -- the process that is copied

    def _tasks(self) -> Iterator[Task]:
        """Jobs, in a copy of this process: pytest has collected the checks when this is asked for the first."""
        self._say(self._control, {"ready": True})
        self._jobs = self._become_examiner()
        if self._jobs is None:
            return
        self._launcher = self._launcher or started(self._setting)[0]
        require(prove(self._launcher, [self._course.root / "rubric.yaml"]).level, self._setting.least)
        with contextlib.suppress(EOFError, OSError):
            while True:
                yield self._task(Order.from_bytes(self._jobs.recv_bytes()))

    def _become_examiner(self) -> Connection | None:
        """Serve until asked to examine: None when that never comes."""
        while (request := self._request()) is not None:
            if request["do"] == "serve":
                self._launcher = self._launchers.pop() if self._launchers else None
                return self._control
            if request["do"] in ("end", "wait"):
                patience = PATIENCE if request["do"] == "wait" else 0.0
                self._say(self._control, {"status": _end(request["pid"], patience)})
                continue
            jobs = _received_connection(self._control)
            launcher = self._launchers.pop() if self._launchers else None
            pid = os.fork()
            if not pid:
                die_with_parent()
                self._control.close()
                self._launcher = launcher
                while self._launchers:  # those are other copies'
                    self._launchers.pop().leave()
                return jobs
            jobs.close()
            if launcher is not None:
                launcher.leave()
            self._say(self._control, {"pid": pid})
        return None

    def _request(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = wire.load(self._control.recv_bytes())
        except (EOFError, OSError):
            return None
        return found

    # -- a copy

    def _task(self, order: Order) -> Task:
        assert self._launcher is not None  # made before the first job is read
        self._began = time.monotonic()
        items = frozenset((e, i.id) for e in order.exercises for i in self._course.rubric.exercises[e].items)
        return worker_task(
            order.submission,
            self._launcher,
            items=items,
            known=order.known,
            full=self._setting.full,
            definitions=order.definitions,
        )

    def _progress(self, submission: str, exercise: str) -> None:
        assert self._jobs is not None  # only examiners make progress
        self._say(self._jobs, {"progress": exercise})

    def _done(self, examined: Examined) -> None:
        assert self._jobs is not None  # only examiners examine
        runs = [r.to_data() for r in run_results(examined)]
        self._say(self._jobs, {"runs": runs, "seconds": time.monotonic() - self._began})

    def _say(self, connection: Connection, message: dict[str, Any]) -> None:
        connection.send_bytes(wire.dump(message))


def run_results(examined: Examined) -> list[RunResult]:
    """Outcomes and remarks of every part."""
    found = []
    for part in examined.parts:
        outcomes = {e: tuple(o for o in examined.outcomes if o.exercise == e) for e in part.exercises}
        found.append(RunResult(part.exercises, outcomes, part.remarks, part.executed))
    return found


def _received_connection(control: Connection) -> Connection:
    with socket.socket(fileno=os.dup(control.fileno())) as unix:
        _, descriptors, _, _ = socket.recv_fds(unix, 1, 1)
    return Connection(descriptors[0])


def _end(pid: int, patience: float) -> int | None:
    """Kill a copy that does not end by itself within `patience` seconds; its wait status."""
    deadline = time.monotonic() + patience
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status
            time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return None
