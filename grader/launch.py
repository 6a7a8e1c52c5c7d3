"""Starts worker processes and ends them. Imports no torch, so that a zygote can warm up while we still import ours."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from grader.errors import WorkerError

START_SECONDS = 120.0


@dataclass(frozen=True)
class Exit:
    """How a worker ended: its exit code, or minus the number of the signal; None when nobody knows."""

    code: int | None

    def __str__(self) -> str:
        if self.code is None:
            return "the process ended"
        if self.code >= 0:
            return f"the process ended itself with exit code {self.code} (os._exit?)"
        name = signal.Signals(-self.code).name if -self.code in set(signal.Signals) else str(-self.code)
        return f"the process was ended by signal {name}"


class Launcher(ABC):
    """Starts worker processes and ends them."""

    @abstractmethod
    def launch(self, connection: int, output: int, memory: int) -> int:
        """Start a worker on these descriptors; its pid."""

    @abstractmethod
    def end(self, pid: int) -> Exit:
        """Kill a worker and everything it started."""

    @abstractmethod
    def close(self) -> None:
        """End all of them."""


def new_launcher() -> Launcher:
    """The fastest way to start workers on this platform."""
    return ZygoteLauncher() if sys.platform == "linux" else SpawnLauncher()


def clean_environment(scratch: str) -> dict[str, str]:
    """Nothing of the instructor's environment reaches a worker."""
    return {
        "PATH": os.defpath,
        "HOME": scratch,
        "TMPDIR": scratch,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


class ZygoteLauncher(Launcher):
    """Workers are forks of one process that has imported torch."""

    def __init__(self) -> None:
        self._scratch = tempfile.mkdtemp(prefix="grade-zygote-")
        ours, theirs = socket.socketpair()
        self._control = ours
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "grader.worker.zygote", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=clean_environment(self._scratch),
            cwd=self._scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        self._ready = False

    def launch(self, connection: int, output: int, memory: int) -> int:
        self._wait_until_ready()
        request = json.dumps({"do": "fork", "memory": memory}).encode()
        try:
            socket.send_fds(self._control, [request], [connection, output])
        except OSError as e:
            raise WorkerError(f"no worker could be started: {e}") from e
        return int(self._reply()["pid"])

    def end(self, pid: int) -> Exit:
        try:
            self._control.sendall(json.dumps({"do": "end", "pid": pid}).encode())
            status = self._reply()["status"]
        except (OSError, WorkerError):  # the zygote is gone, and its workers with it
            return Exit(None)
        return Exit(None if status is None else os.waitstatus_to_exitcode(int(status)))

    def close(self) -> None:
        self._control.close()
        if not self._ready:  # it is still importing and has no workers to end
            self._process.kill()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        if not self._ready:
            self._reply()
            self._ready = True

    def _reply(self) -> dict[str, Any]:
        self._control.settimeout(START_SECONDS)
        data = b""
        while not data.endswith(b"\n"):
            chunk = self._control.recv(4096)
            if not chunk:
                raise WorkerError(f"the process that starts workers ended: {self._last_words()}")
            data += chunk
        reply: dict[str, Any] = json.loads(data)
        return reply

    def _last_words(self) -> str:
        if self._process.stderr is None:
            return ""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        os.set_blocking(self._process.stderr.fileno(), False)
        return (self._process.stderr.read() or b"").decode(errors="replace")[-500:]


def _visible(device: str) -> dict[str, str]:
    """The one GPU a worker may see; deterministic cuBLAS needs its workspace fixed before it starts."""
    if not device:
        return {"CUDA_VISIBLE_DEVICES": ""}
    return {"CUDA_VISIBLE_DEVICES": device.partition(":")[2] or "0", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}


class SpawnLauncher(Launcher):
    """Every worker is a fresh interpreter: slower, works where forking is unsafe.

    device  the one GPU its workers may see, "cuda" or "cuda:1"; "" for none
    """

    def __init__(self, device: str = "") -> None:
        self._device = device
        self._workers: dict[int, tuple[subprocess.Popen[bytes], str]] = {}

    def launch(self, connection: int, output: int, memory: int) -> int:
        scratch = tempfile.mkdtemp(prefix="grade-worker-")
        if self._device:
            memory = (
                0  # CUDA maps far more addresses than it uses: the worker limits its share of the GPU itself
            )
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "grader.worker.serve", str(connection), str(output), str(memory)],
            pass_fds=[connection, output],
            env=clean_environment(scratch) | _visible(self._device),
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._workers[process.pid] = (process, scratch)
        return process.pid

    def end(self, pid: int) -> Exit:
        process, scratch = self._workers.pop(pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        code = process.wait()
        shutil.rmtree(scratch, ignore_errors=True)
        return Exit(code)

    def close(self) -> None:
        for pid in list(self._workers):
            self.end(pid)
