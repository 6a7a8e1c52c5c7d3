"""A process that has imported torch once and forks a ready worker in milliseconds.

Started with a clean environment as `python -I -m grader.worker.zygote FD`. Over the Unix socket FD it takes
one JSON line a request:

    {"do": "fork", "memory": bytes}  with two descriptors: the worker's connection and its output pipe
                                     → {"pid": n}
    {"do": "end", "pid": n}          kill it and all it started → {"status": wait status}

It ends when the socket closes, and everything it forked ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.worker.process import adopt_orphans, prepare, warm_up
from grader.worker.serve import serve_submission


class Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._scratch: dict[int, str] = {}

    def run(self) -> None:
        adopt_orphans()
        self._send({"ready": os.getpid()})
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, 4096, 2)
            if not data:
                return
            request = json.loads(data)
            if request["do"] == "fork":
                self._send({"pid": self._fork(descriptors, request["memory"])})
            else:
                self._send(self._end(request["pid"]))

    def close(self) -> None:
        for pid in list(self._scratch):
            self._end(pid)

    def _send(self, message: dict[str, Any]) -> None:
        self._control.sendall(json.dumps(message).encode() + b"\n")

    def _fork(self, descriptors: list[int], memory: int) -> int:
        connection, output = descriptors
        scratch = tempfile.mkdtemp(prefix="grade-worker-")
        pid = os.fork()
        if pid:
            self._scratch[pid] = scratch
            os.close(connection)
            os.close(output)
            return pid
        try:
            self._control.close()
            os.chdir(scratch)
            prepare(output, memory)
            serve_submission(socket.socket(fileno=connection))
        finally:
            os._exit(0)

    def _end(self, pid: int) -> dict[str, Any]:
        """Kill the worker's session and whatever it orphaned; report how the worker itself ended."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        report: dict[str, int | None] = {"status": None}
        with contextlib.suppress(ChildProcessError):
            report["status"] = os.waitpid(pid, 0)[1]
        scratch = self._scratch.pop(pid, None)
        self._end_orphans()
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        return report

    def _end_orphans(self) -> None:
        """Children we never forked were left by a worker that has ended."""
        for _ in range(100):
            orphans = children() - self._scratch.keys()
            if not orphans:
                return
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def children() -> set[int]:
    pids: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            pids |= {int(p) for p in path.read_text().split()}
    return pids


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader, which then hangs up
    warm_up()
    zygote = Zygote(control)
    try:
        zygote.run()
    finally:
        zygote.close()


if __name__ == "__main__":
    main()
