"""Talks to workers within limits: the trusted end of the untrusted side."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import Died, Forbidden, OutOfMemory, StudentHalt, TimedOut, WorkerError
from grader.launch import Exit, Launcher, Process, new_launcher
from grader.model import Remark, Scene, Submission, Unit
from grader.subject import Subject, Usage
from grader.worker.codec import HEADER, LIMITS, CodecError, Encoder, pack, parse_header, unpack_header
from grader.worker.process import Limits

OUTPUT_BYTES = 20_000
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class WorkerLimits:
    """What one submission may use.

    call_seconds  CPU time of one call
    patience      seconds of wall time for each of CPU time, so that a busy machine fails nobody
    memory        bytes beyond what an idle worker has, with everything it starts
    tasks         processes and threads
    seconds       CPU time of all of them in the worker's whole life; 0: an hour, or more where a call may take more
    """

    call_seconds: float = 10.0
    patience: float = 3.0
    memory: int = 3 << 30
    tasks: int = 64
    seconds: int = 0

    @property
    def wall_seconds(self) -> float:
        return self.patience * self.call_seconds

    @property
    def of_worker(self) -> Limits:
        return Limits(self.memory, self.tasks, self.seconds or max(3600, round(self.wall_seconds)))


# ---------------------------------------------------------------- talking to one process


class Worker:
    """One process that answers: requests with a time limit, its output collected and capped.

    pid         whose CPU time counts
    connection  requests and replies
    output      the end of a pipe from which what it prints is read
    end         ends the process
    """

    def __init__(
        self, pid: int, connection: socket.socket, output: int, end: Callable[[], Exit], limits: WorkerLimits
    ) -> None:
        self.pid, self._connection, self._pipe, self._end, self._limits = pid, connection, output, end, limits
        self._connection.setblocking(False)
        os.set_blocking(output, False)
        self._received = bytearray()
        self._output = bytearray()
        self._output_open = True
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)
        self._memory_at_start = _memory(pid, "VmRSS")
        self.hear: Callable[[int, int], None] = lambda done, total: None

    @classmethod
    def launched(
        cls, launcher: Launcher, limits: WorkerLimits, *, kernel: str = ""
    ) -> tuple[Worker, Process]:
        """A new worker process; `kernel` names the folder of one that is to be a notebook kernel first."""
        ours, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        try:
            process = launcher.launch(theirs.fileno(), write_end, limits.of_worker, kernel=kernel)
        except BaseException:
            ours.close()
            os.close(read_end)
            raise
        finally:
            theirs.close()
            os.close(write_end)
        return cls(process.pid, ours, read_end, process.end, limits), process

    def ask(self, header: dict[str, Any], body: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and wait for its reply. Raises TimedOut or Died; the worker is of no use after that."""
        header = {**header, "id": secrets.token_hex(8)}
        limit = _CallLimit(self.pid, self._limits, deadline)
        self._send(pack(header, body), limit)
        while True:
            prefix = self._receive(HEADER.size, limit)
            try:
                header_size, body_size = unpack_header(prefix, LIMITS)
                reply = parse_header(self._receive(header_size, limit))
            except CodecError as e:
                raise Died(f"the process sent something that is not an answer ({e})") from e
            if reply.get("id") != header["id"]:
                raise Died("the process sent an answer that nobody had asked for")
            data = self._receive(body_size, limit)
            if "note" not in reply:
                return reply, data
            limit.patience()  # a flood of notes must not stop the clock
            self._note(reply["note"])

    def _note(self, note: Any) -> None:
        """A long call says how far it is."""
        if isinstance(note, list) and len(note) == 2 and all(type(n) is int and 0 <= n < 10**6 for n in note):
            self.hear(*note)

    def usage(self) -> Usage:
        """CPU time, and memory beyond what it began with."""
        return Usage(_cpu(self.pid) or 0.0, max(0, _memory(self.pid, "VmHWM") - self._memory_at_start))

    def ends_with(self, end: Callable[[], Exit]) -> None:
        """End it by `end` from now on."""
        self._end = end

    def output(self) -> str:
        """What the student's code printed so far, and forget it."""
        self._drain()
        text = self._output.decode("utf-8", errors="replace")
        self._output.clear()
        return text

    def end(self) -> Exit:
        self._connection.close()
        code = self._end()
        self._drain()
        os.close(self._pipe)
        return code

    def _send(self, data: bytes, limit: _CallLimit) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[self._connection.send(view[: 1 << 20]) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, limit)
            except OSError as e:
                raise Died("") from e

    def _receive(self, size: int, limit: _CallLimit) -> bytes:
        while len(self._received) < size:
            try:
                chunk = self._connection.recv(max(1 << 16, min(size - len(self._received), 1 << 20)))
            except BlockingIOError:
                self._wait(select.POLLIN, limit)
                continue
            except OSError as e:
                raise Died("") from e
            if not chunk:
                raise Died("")
            self._received += chunk
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def _wait(self, event: int, limit: _CallLimit) -> None:
        self._poll.register(self._connection, event)
        ready = self._poll.poll(limit.patience() * 1000)
        if any(descriptor == self._pipe for descriptor, _ in ready):
            self._drain()

    def _drain(self) -> None:
        """Read what the student printed; keep the first part, drop the flood."""
        while self._output_open:
            try:
                chunk = os.read(self._pipe, 1 << 16)
            except BlockingIOError:
                return
            if not chunk:
                self._output_open = False
                self._poll.unregister(self._pipe)
                return
            self._output += chunk[: max(0, OUTPUT_BYTES - len(self._output))]
            if len(chunk) == 1 << 16:
                return  # a flood: look at the clock between two readings


def _memory(pid: int, entry: str) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith(entry))
    except (OSError, StopIteration):
        return 0


class _CallLimit:
    """The clock of one call: its own CPU time, wall time, and the end of the whole check."""

    def __init__(self, pid: int, limits: WorkerLimits, deadline: float) -> None:
        self._pid, self._limits = pid, limits
        self._began = time.monotonic()
        self._deadline = deadline
        self._cpu_before: float | None = None
        """known from the first look at the clock on: most calls are answered before that"""

    def patience(self) -> float:
        """Seconds to wait before looking again. Raises TimedOut when the time is up."""
        now = time.monotonic()
        waited = now - self._began
        if waited > self._limits.wall_seconds:
            raise TimedOut(f"no answer after {waited:.0f} s")
        if now > self._deadline:
            raise TimedOut("the check as a whole took too long")
        if waited > LOOK_SECONDS and self._cpu_before is None:
            self._cpu_before = _cpu(self._pid) or 0.0
        if waited > self._limits.call_seconds and self._cpu_used() > self._limits.call_seconds:
            raise TimedOut(f"still running after {self._limits.call_seconds:.0f} s")
        return min(LOOK_SECONDS, max(0.01, self._deadline - now))

    def _cpu_used(self) -> float:
        """CPU seconds of the call; infinite where the system does not tell, so that wall time counts."""
        used = _cpu(self._pid)
        return float("inf") if used is None or self._cpu_before is None else used - self._cpu_before


def _cpu(pid: int) -> float | None:
    """CPU seconds a process has used; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None


# ---------------------------------------------------------------- one submission


class ProcessSubject(Subject):
    """A submission in a process that is started when first needed and again after it was lost."""

    runs_before_loading = False
    """whether student code has run when `_started` returns"""

    def __init__(self, submission: Submission, limits: WorkerLimits | None = None) -> None:
        self._submission = submission
        self._limits = limits or WorkerLimits()
        self._worker: Worker | None = None
        self._deadline = float("inf")
        self._used = False
        self._loaded = False
        self._left_out: set[tuple[str, int]] = set()
        self._scene: Scene | None = None
        self.remarks: list[Remark] = []
        """what went wrong while the files and cells were run"""

    def prepare(self, scene: Scene | None) -> None:
        self._scene = scene

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        worker = self._launched() if header.get("early") else self._running()
        worker.hear = self.hear
        self._used = True
        try:
            return worker.ask(header, body, self._deadline)
        except StudentHalt as halt:
            raise self._lost(halt) from None

    def begin_check(self, seconds: float) -> None:
        self._deadline = float("inf")
        if self._worker is not None and self._used:
            with contextlib.suppress(StudentHalt):
                self.ask({"op": "release"}, b"")
            self._used = False
        if self._worker is not None:
            self._worker.output()
        self._deadline = time.monotonic() + seconds

    def output(self) -> str:
        """What the student's code printed since the check began."""
        return self._worker.output() if self._worker else ""

    def close(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def start(self) -> None:
        """Run the submission's files and cells now."""
        self._running()

    def usage(self) -> Usage:
        return self._worker.usage() if self._worker else Usage(0.0, 0)

    def _launched(self) -> Worker:
        """The process, whether or not it has loaded the submission."""
        if self._worker is None:
            self._worker, self._loaded = self._started(), False
        return self._worker

    def _running(self) -> Worker:
        while True:
            worker = self._launched()
            if self._loaded:
                return worker
            left_out = len(self._left_out)
            try:
                self._load(worker)
                worker.output()  # what loading printed is no part of a check
                self._loaded = True
            except StudentHalt as halt:
                lost = self._lost(halt)
                if len(self._left_out) > left_out:  # the next one goes without the piece that did this
                    continue
                late = isinstance(lost, TimedOut) and self._deadline <= time.monotonic()
                if late or self.runs_before_loading:
                    raise lost from None
                raise WorkerError(f"a worker ended before it ran anything: {lost}") from None

    @abstractmethod
    def _started(self) -> Worker:
        """A new process to run the submission in."""

    def _units(self) -> tuple[Unit, ...]:
        """What the process is asked to run."""
        return self._submission.units

    def _load(self, worker: Worker) -> None:
        """Run every piece of the submission; one that hangs or kills the worker is left out next time."""
        deadline = self._deadline if self._left_out else float("inf")
        units = [
            {
                "module": u.module,
                "cells": [{"label": c.label, "source": c.source, "exercise": c.exercise} for c in u.cells],
            }
            for u in self._units()
        ]
        stand_in, _ = worker.ask({"op": "open", "units": units}, b"", deadline)
        if stand_in.get("value") is True:
            self._remark(
                "d2l", "not installed here; the grader's small stand-in with the chapter's helpers is used"
            )
        self._set_scene(worker, deadline)
        for unit in self._units():
            for index, cell in enumerate(unit.cells):
                if (unit.module, index) in self._left_out:
                    continue
                try:
                    reply, _ = worker.ask(
                        {"op": "run", "module": unit.module, "cell": index}, b"", float("inf")
                    )
                except StudentHalt as halt:
                    self._left_out.add((unit.module, index))
                    self._remark(cell.label, f"left out: {_said(halt)}")
                    raise
                if "fault" in reply:
                    self._remark(cell.label, _cell_fault(reply))

    def _set_scene(self, worker: Worker, deadline: float) -> None:
        """Raises WorkerError where the course's own code fails: nothing of the student's has run yet."""
        if self._scene is None:
            return
        encoder = Encoder()
        files = encoder.encode(dict(self._scene.files))
        request = {"op": "scene", "files": files, "source": self._scene.source}
        reply, _ = worker.ask(request, encoder.body(), deadline)
        if "fault" in reply:
            raise WorkerError(f"the course's data could not be served: {_cell_fault(reply)}")

    def _remark(self, where: str, message: str) -> None:
        remark = Remark(where, message)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def _lost(self, halt: StudentHalt) -> StudentHalt:
        """The worker is gone or must go; say how it ended when it did not say so itself."""
        if self._worker is None:
            return halt
        exit = self._worker.end()
        self._worker = None
        if isinstance(halt, Died) and not str(halt):
            return _excess(exit.excess, self._limits) or Died(str(exit))
        return halt


class WorkerSubject(ProcessSubject):
    """A submission in a worker process."""

    def __init__(
        self, submission: Submission, launcher: Launcher, limits: WorkerLimits | None = None
    ) -> None:
        super().__init__(submission, limits)
        self._launcher = launcher

    def start_anew(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    @property
    def level(self) -> int | None:
        return self._launcher.level

    def _started(self) -> Worker:
        return Worker.launched(self._launcher, self._limits)[0]


def _excess(limit: str, limits: WorkerLimits) -> StudentHalt | None:
    """What the process was ended for, when it was ended for using too much."""
    if limit == "memory":
        return OutOfMemory(f"it and what it started used more than {limits.memory / (1 << 30):.1f} GB")
    if limit == "seconds":
        return TimedOut(f"it and what it started used more than {limits.of_worker.seconds} s of CPU time")
    if limit == "tasks":
        return Forbidden(f"it started more than {limits.tasks} processes and threads")
    return Forbidden("it wrote more files than its scratch folder holds") if limit == "files" else None


class OwnedSubject(WorkerSubject):
    """A worker that ends its launcher, too."""

    def close(self) -> None:
        super().close()
        self._launcher.close()


def apart(submission: Submission, launcher: Launcher, limits: WorkerLimits, device: str) -> Subject:
    """A submission in a process of its own, on a device: never a fork of a process that may have touched CUDA."""
    if device.startswith("cuda"):
        return OwnedSubject(submission, new_launcher(launcher.hidden, device=device), limits)
    return WorkerSubject(submission, launcher, limits)


def _said(halt: StudentHalt) -> str:
    return str(halt) or "it ended the process"


def _cell_fault(reply: dict[str, Any]) -> str:
    trace = reply.get("trace")
    last = f" ({trace[-1]})" if isinstance(trace, list) and trace else ""
    kind = str(reply.get("kind", reply["fault"]))
    return f"{kind}: {reply.get('message', '')}"[:500] + last[:300]
