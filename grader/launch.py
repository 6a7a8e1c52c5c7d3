"""Starts worker processes and ends them. Imports no torch, so that a zygote can warm up while we still import ours."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import WorkerError
from grader.scratch import Scratch
from grader.worker.process import Limits
from grader.worker.sandbox.layers import Layer
from grader.worker.sandbox.outer import WORK_FOLDER
from grader.worker.sandbox.view import driver_folders
from grader.worker.tree import children

START_SECONDS = 120.0
END_SECONDS = 10.0
SHARED_BY = 4
"""launchers of one process that forks: it takes a tenth of the time that an examiner takes"""
STRONGEST = 3


@dataclass(frozen=True)
class Exit:
    """How a worker ended.

    code    its exit code, or minus the number of the signal; None when nobody knows
    excess  the limit for which it was ended: memory, tasks, seconds, files, or ""
    """

    code: int | None
    excess: str = ""

    def __str__(self) -> str:
        if self.code is None:
            return "the process ended"
        if self.code >= 0:
            return f"the process ended itself with exit code {self.code} (os._exit?)"
        name = signal.Signals(-self.code).name if -self.code in set(signal.Signals) else str(-self.code)
        return f"the process was ended by signal {name}"


@dataclass(frozen=True)
class Sandbox:
    """What a launcher is asked for.

    level   the strongest level to try
    hidden  what no worker may see, wherever it lies: the course, the submissions, the results
    device  the one GPU that workers may see, "cuda" or "cuda:1"; "" for none
    """

    level: int = STRONGEST
    hidden: tuple[Path, ...] = ()
    device: str = ""


class Launcher(ABC):
    """Starts worker processes, each in the sandbox.

    proved  how far its level was seen to hold by trying to get out (`grader.probe`)
    """

    proved: int = STRONGEST

    @abstractmethod
    def launch(self, connection: int, output: int, limits: Limits, *, kernel: str = "") -> Process:
        """Start a worker on these descriptors; `kernel` names its folder in `work`. Raises WorkerError."""

    @property
    @abstractmethod
    def work(self) -> Path:
        """The folder of everything that workers write to disk; empty at level 3, but for kernels' sockets."""

    @abstractmethod
    def kernel_folder(self) -> Path:
        """A new folder in `work` for the next kernel's connection file, plan and sockets. Raises WorkerError."""

    @property
    @abstractmethod
    def level(self) -> int:
        """The level of the sandbox that the system gives. Raises WorkerError."""

    @property
    @abstractmethod
    def layers(self) -> tuple[Layer, ...]:
        """What it is made of, and what is missing. Raises WorkerError."""

    @property
    @abstractmethod
    def hidden(self) -> tuple[Path, ...]:
        """What no worker may see."""

    @abstractmethod
    def close(self) -> None:
        """End all workers; nothing of them stays."""

    @abstractmethod
    def leave(self) -> None:
        """A fork of this process goes on with it: close what we hold of it, and end nothing."""


def new_launchers(hidden: Sequence[Path], count: int) -> list[Launcher]:
    """Several, for forks of this process that work at the same time: each has its own workers."""
    if sys.platform != "linux":
        return [new_launcher(hidden) for _ in range(count)]
    wanted = Sandbox(hidden=tuple(path.resolve() for path in hidden))
    found: list[Launcher] = []
    while len(found) < count:
        found += ZygoteLauncher.sharing(wanted, min(SHARED_BY, count - len(found)))
    return found


def new_launcher(hidden: Sequence[Path] = (), *, level: int = STRONGEST, device: str = "") -> Launcher:
    """The fastest way to start workers on this platform. GPU drivers do not survive a fork."""
    wanted = Sandbox(level, tuple(path.resolve() for path in hidden), device)
    if device or sys.platform != "linux":
        return SpawnLauncher(wanted)
    return ZygoteLauncher.sharing(wanted, 1)[0]


def clean_environment(folder: str) -> dict[str, str]:
    """Nothing of the instructor's environment reaches a worker."""
    return {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TORCHDYNAMO_DISABLE": "1",  # a compiler would have to run other programs; what is compiled computes the same
    }


class Process:
    """A worker process.

    pid  as the system knows it; 0 when that cannot be found out
    """

    def __init__(self, zygote: Zygote, id: int, *, alone: bool) -> None:
        self._zygote, self._id, self._alone = zygote, id, alone
        self.pid = zygote.system_pid(id)

    def signal(self, number: int) -> None:
        """Send a signal to it and to what shares its process group."""
        self._zygote.ask({"do": "signal", "pid": self._id, "signal": number})

    def poll(self) -> int | None:
        """Its exit code, or None while it lives."""
        try:
            status = self._zygote.ask({"do": "poll", "pid": self._id})["status"]
        except WorkerError:
            return -signal.SIGKILL
        return None if status is None else os.waitstatus_to_exitcode(int(status))

    def end(self) -> Exit:
        """Kill it and everything it started."""
        try:
            reply = self._zygote.ask({"do": "end", "pid": self._id})
        except WorkerError:  # the zygote is gone, and its workers with it
            return Exit(None)
        finally:
            if self._alone:
                self._zygote.close()
        status, excess = reply["status"], str(reply["excess"])
        return Exit(None if status is None else os.waitstatus_to_exitcode(int(status)), excess)


class ZygoteLauncher(Launcher):
    """Workers are forks of one process that has imported torch."""

    def __init__(self, sandbox: Sandbox, scratch: Scratch, zygote: Zygote) -> None:
        self._sandbox, self._scratch, self._zygote = sandbox, scratch, zygote

    @classmethod
    def sharing(cls, sandbox: Sandbox, count: int) -> list[ZygoteLauncher]:
        """Launchers that share this process."""
        scratch = Scratch(count)
        zygote = Zygote(scratch.path, sandbox, warm=True, sharers=count)
        return [cls(sandbox, scratch, each) for each in (zygote, *zygote.others)]

    def launch(self, connection: int, output: int, limits: Limits, *, kernel: str = "") -> Process:
        return Process(self._zygote, self._zygote.fork(connection, output, limits, kernel), alone=False)

    @property
    def work(self) -> Path:
        return self._scratch.path / WORK_FOLDER

    def kernel_folder(self) -> Path:
        return self._zygote.kernel_folder()

    @property
    def level(self) -> int:
        return min(self.proved, self._zygote.ready().level)

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self._zygote.ready().layers

    @property
    def hidden(self) -> tuple[Path, ...]:
        return self._sandbox.hidden

    def close(self) -> None:
        self._zygote.close()
        self._scratch.remove()

    def leave(self) -> None:
        self._zygote.leave()
        self._scratch.leave()


class SpawnLauncher(Launcher):
    """Every worker is a fresh interpreter: slower, works where a process with torch in it must not fork."""

    def __init__(self, sandbox: Sandbox | None = None) -> None:
        self._sandbox = sandbox or Sandbox()
        self._scratch = Scratch()
        self._all: list[Zygote] = []
        self._next: Zygote | None = None

    def launch(self, connection: int, output: int, limits: Limits, *, kernel: str = "") -> Process:
        zygote = self._prepared()
        self._next = None
        return Process(zygote, zygote.fork(connection, output, limits, kernel), alone=True)

    @property
    def work(self) -> Path:
        return self._scratch.path / WORK_FOLDER

    def kernel_folder(self) -> Path:
        return self._prepared().kernel_folder()

    @property
    def level(self) -> int:
        return min(self.proved, self._prepared().ready().level)

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self._prepared().ready().layers

    @property
    def hidden(self) -> tuple[Path, ...]:
        return self._sandbox.hidden

    def close(self) -> None:
        for zygote in self._all:
            zygote.close()
        self._scratch.remove()

    def leave(self) -> None:
        for zygote in self._all:
            zygote.leave()
        self._scratch.leave()

    def _prepared(self) -> Zygote:
        """The process that will fork the next worker, and only that one."""
        if self._next is None:
            self._next = Zygote(self._scratch.path, self._sandbox, warm=False)
            self._all.append(self._next)
        return self._next


# ---------------------------------------------------------------- the process that forks


@dataclass(frozen=True)
class Ready:
    """What a zygote says of itself when it can fork; `uid`: the user of all its workers, if it is not ours."""

    level: int
    layers: tuple[Layer, ...]
    uid: int | None


class Zygote:
    """A `grader.worker.zygote` process, and the protocol that its docstring describes.

    Where torch cannot be imported inside a level, the next lower one is tried, and the layers say why.

    others  as many more ends of the same process, for forks of ours; each sees its own workers only
    """

    def __init__(self, folder: Path, sandbox: Sandbox, *, warm: bool, sharers: int = 1) -> None:
        self._folder, self._sandbox, self._warm = folder, sandbox, warm
        self._lock = threading.Lock()
        self._ready: Ready | None = None
        self._failed: tuple[Layer, ...] = ()
        self.others: tuple[Zygote, ...] = ()
        self._shared = sharers > 1
        self.others = tuple(map(self._other_end, self._start(sandbox.level, sharers)))

    def ready(self) -> Ready:
        """Wait until it can fork. Raises WorkerError."""
        with self._lock:
            while self._ready is None:
                found: dict[str, Any] = {}
                try:
                    found = self._reply()
                    self._reply()
                except WorkerError as e:
                    if found.get("level", 1) == 1:
                        raise
                    self._failed += (
                        Layer(f"level {found['level']}", False, f"Python does not start in it: {e}"),
                    )
                    self._stop()
                    self._shared = False  # at the lower level each has its own
                    self._start(found["level"] - 1)
                    continue
                layers = (*self._failed, *(Layer(**layer) for layer in found["layers"]))
                self._ready = Ready(found["level"], layers, found["uid"])
            return self._ready

    def fork(self, connection: int, output: int, limits: Limits, kernel: str) -> int:
        """A worker's id. Raises WorkerError: a worker that cannot be confined is not started."""
        self.ready()
        request = {"do": "fork", "limits": asdict(limits), "kernel": kernel}
        reply = self.ask(request, [connection, output])
        if "error" in reply:
            raise WorkerError(f"a worker could not be confined: {reply['error']}")
        return int(reply["pid"])

    def kernel_folder(self) -> Path:
        """A folder that only we and a worker can look into."""
        folder = Path(tempfile.mkdtemp(prefix="kernel-", dir=self._folder / WORK_FOLDER))
        uid = self.ready().uid
        if uid is not None:
            os.chown(folder, uid, uid)
        return folder

    def ask(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        """One request, one reply. Raises WorkerError when the process is gone."""
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
            except OSError as e:
                raise WorkerError(f"no worker can be reached: {e}") from e
            return self._reply()

    def system_pid(self, id: int) -> int:
        """The pid of a worker as the system knows it: at level 3 the zygote has a numbering of its own."""
        if self.ready().level < 3:
            return id
        for first in children(self._process.pid):
            for worker in children(first):
                with contextlib.suppress(OSError, IndexError, StopIteration):
                    status = Path(f"/proc/{worker}/status").read_text().splitlines()
                    names = next(line for line in status if line.startswith("NSpid:")).split()
                    if int(names[-2]) == id:
                        return worker
        return 0

    def close(self) -> None:
        if self._control.fileno() >= 0:
            self._stop()

    def leave(self) -> None:
        self._control.close()
        os.close(self._errors)

    def _start(self, level: int, sharers: int = 1) -> list[socket.socket]:
        """Start it; our other ends."""
        pairs = [socket.socketpair() for _ in range(sharers)]
        theirs = [their.fileno() for _, their in pairs]
        self._control, self._received = pairs[0][0], b""
        self._errors, errors = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "grader.worker.zygote", *map(str, theirs)],
            pass_fds=theirs,
            env=clean_environment(str(self._folder)) | _visible(self._sandbox.device),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        os.close(errors)
        for _, their in pairs:
            their.close()
        wanted = {"folder": str(self._folder), "ceiling": level, "warm": self._warm}
        wanted |= {"hidden": [str(p) for p in self._sandbox.hidden], "devices": bool(self._sandbox.device)}
        self._control.sendall(json.dumps(wanted).encode())
        return [our for our, _ in pairs[1:]]

    def _other_end(self, control: socket.socket) -> Zygote:
        other = copy.copy(self)
        other._lock, other._control, other._errors = threading.Lock(), control, os.dup(self._errors)
        return other

    def _stop(self) -> None:
        """End our workers, and the process unless others still use it."""
        if self._ready is None and not self._shared:  # it is still importing and has no workers to end
            self._process.kill()
        if self._hang_up() and self._shared:
            self._process.poll()
        else:
            if not _has_ended(self._process, END_SECONDS):
                self._process.kill()
            self._process.wait()
        os.close(self._errors)

    def _hang_up(self) -> int:
        """Wait until it has ended our workers; how many others use it."""
        with contextlib.suppress(OSError):
            self._control.settimeout(END_SECONDS)
            self._control.shutdown(socket.SHUT_WR)
            while self._ready is not None and (chunk := self._control.recv(1 << 16)):
                self._received += chunk
        self._control.close()
        try:
            return int(json.loads(self._received)["others"])
        except (ValueError, KeyError):
            return 1

    def _reply(self) -> dict[str, Any]:
        self._control.settimeout(START_SECONDS)
        while b"\n" not in self._received:
            try:
                chunk = self._control.recv(1 << 16)
            except OSError as e:
                raise WorkerError(f"the process that starts workers does not answer: {e}") from e
            if not chunk:
                raise WorkerError(f"the process that starts workers ended: {self._last_words()}")
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        os.set_blocking(self._errors, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self._errors, 1 << 16).decode(errors="replace")[-500:]
        return ""


def _has_ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a process that may be another one's child."""
    if not hasattr(os, "pidfd_open"):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return process.returncode is not None
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def _visible(device: str) -> dict[str, str]:
    """The one GPU a worker may see; deterministic cuBLAS needs its workspace fixed before it starts."""
    if not device:
        return {"CUDA_VISIBLE_DEVICES": ""}
    found = {"CUDA_VISIBLE_DEVICES": device.partition(":")[2] or "0", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    folders = driver_folders()
    return found | ({"LD_LIBRARY_PATH": ":".join(folders)} if folders else {})
