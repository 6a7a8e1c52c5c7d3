"""Talks to one worker process within limits: a request, a reply, what it printed meanwhile, its end."""

from __future__ import annotations

import os
import secrets
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.errors import CheckTimedOut, Died, StudentHalt, TimedOut
from grader.launch import Exit, Launcher, Process
from grader.questions import Bundle, Parcel, Question, RawReply, Replies, not_an_answer
from grader.subject import Usage
from grader.worker.codec import HEADER, LIMITS, CodecError, pack_text, parse_header, unpack_header
from grader.worker.process import Limits

OUTPUT_BYTES = 20_000
LOOK_SECONDS = 0.2
PARCEL_SECONDS = 2.0
"""CPU seconds without a reply after which the questions of a bundle are better asked one by one"""


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
        self._received, self._unsent = bytearray(), bytearray()
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
        return self.reply(self.send(Question.of(header, body)), deadline).parsed()

    def send(self, question: Question) -> str:
        """Send a request, with what else is sent before the next reply is waited for; the id of the reply to it."""
        id = secrets.token_hex(8)
        self._unsent += _frame(question, id)
        return id

    def reply(self, id: str, deadline: float) -> RawReply:
        """The reply to a request; those to earlier ones have been taken. Raises as `ask`."""
        return self._reply(id, _CallLimit(self.pid, self._limits, deadline))

    def replies(self, bundle: Bundle, id: str, deadline: float) -> Replies:
        """The replies to a bundle that was sent as one request. The clock starts anew with each parcel."""
        parcels: list[Parcel] = []
        missing = len(bundle.questions)
        limits = replace(self._limits, call_seconds=min(self._limits.call_seconds, PARCEL_SECONDS))
        try:
            while missing:
                came = self._reply(id, _CallLimit(self.pid, limits, deadline))
                parcels.append(_parcel(came, missing))
                missing -= len(parcels[-1].sizes)
        except StudentHalt as halt:
            return Replies(parcels, halt)
        return Replies(parcels)

    def _reply(self, id: str, limit: _CallLimit) -> RawReply:
        ending = f',"id":"{id}"}}'.encode()
        while True:
            try:
                header_size, body_size = unpack_header(self._receive(HEADER.size, limit), LIMITS)
                header = self._receive(header_size, limit)
                if header.endswith(ending):  # as our own code writes it: there is no need to read it here
                    return RawReply(header[: -len(ending)] + b"}", self._receive(body_size, limit))
                reply = parse_header(header)
            except CodecError as e:
                raise not_an_answer(e) from e
            if reply.get("id") != id:
                raise Died("the process sent an answer that nobody had asked for")
            data = self._receive(body_size, limit)
            if "note" not in reply:
                return RawReply.of(reply, data)
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

    def _receive(self, size: int, limit: _CallLimit) -> bytes:
        while len(self._received) < size:
            try:
                self._send()
                chunk = self._connection.recv(max(1 << 16, min(size - len(self._received), 1 << 20)))
            except BlockingIOError:
                self._wait(limit)
                continue
            except OSError as e:
                raise Died("") from e
            if not chunk:
                raise Died("")
            self._received += chunk
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def _send(self) -> None:
        """As much as goes without waiting: the worker may be waiting for us to read."""
        while self._unsent:
            try:
                del self._unsent[: self._connection.send(memoryview(self._unsent)[: 1 << 20])]
            except BlockingIOError:
                return

    def _wait(self, limit: _CallLimit) -> None:
        self._poll.register(self._connection, select.POLLIN | (select.POLLOUT if self._unsent else 0))
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


def _frame(question: Question, id: str) -> bytes:
    """The request on its way, under its id. Raises CodecError for one that is too large to send."""
    return pack_text(f'{{"id":"{id}",'.encode() + question.header[1:], question.body)


def _parcel(came: RawReply, most: int) -> Parcel:
    """Replies to some requests of a bundle. Raises Died for what are none."""
    header, data = came.parsed()
    try:
        return Parcel.read(header, data, most)
    except CodecError as e:
        raise not_an_answer(e) from e


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
            raise CheckTimedOut("the check as a whole took too long")
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
