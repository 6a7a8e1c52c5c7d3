"""A process that forks workers in milliseconds, each in the sandbox: it has imported torch once.

Started with a clean environment as `python -I -m grader.worker.zygote FD…`. Over the first Unix socket comes one JSON line that
sets it up, and all of them are told of it:

    {"folder": the grader's own, "ceiling": strongest level wanted, "hidden": [paths], "warm": bool, "devices": bool}
                                     → {"level": n, "layers": […], "uid": all workers' user, or null},
                                       and {"ready": true} when it can fork

then one JSON line a request, from each:

    {"do": "fork", "limits": {…}, "kernel": name or ""}  with two descriptors: the connection and the output pipe
                                     → {"pid": n} or {"error": why}
    {"do": "signal", "pid": n, "signal": n}  to the worker and what shares its process group → {}
    {"do": "poll", "pid": n}         → {"status": wait status, or null while it lives}
    {"do": "end", "pid": n}          kill it and all it started → {"status": wait status, "excess": broken limit}

When a socket closes, the workers that were asked for on it end, and {"others": how many are open} goes out; when the last one
has closed, it ends.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from grader.worker import tree
from grader.worker.folders import overfull, remove_tree
from grader.worker.preload import start_gpu, warm_up
from grader.worker.process import Limits, die_with_parent, one_thread, redirect
from grader.worker.sandbox import calls, outer
from grader.worker.sandbox.inner import World, confine, rearm
from grader.worker.sandbox.layers import examine
from grader.worker.sandbox.outer import PRIVATE, WORK_FOLDER, WORKER_UIDS, Missing
from grader.worker.sandbox.view import python_view

LONGEST_LINE = 1 << 16
LOOK_SECONDS = 0.1
GPU_HOST_MEMORY = 4 << 30  # what a GPU's driver takes of the machine's memory for itself
LOOKS_PER_WALK = 10


@dataclass
class Forked:
    """A worker: who asked for it, what it may use, and how it ended."""

    owner: socket.socket
    limits: Limits
    scratch: str = ""
    kernel: str = ""
    memory: int = 0
    """what it had when it started"""
    status: int | None = None
    excess: str = ""


class Zygote:
    """Forks workers into `world` and ends them with everything they started.

    folder  the grader's own folder, as it is seen from here
    """

    def __init__(self, controls: list[socket.socket], world: World, folder: str, *, warm: bool) -> None:
        self._controls, self._world, self._folder, self._warm = controls, world, folder, warm
        self._workers: dict[int, Forked] = {}
        self._granted = GPU_HOST_MEMORY if world.devices else 0
        self._lifeline, self._life = os.pipe()
        self._namespace = os.open("/proc/self/ns/pid", os.O_RDONLY) if world.level == 3 else -1
        self._looks = 0

    def run(self) -> None:
        """Serve until all others have hung up."""
        looked = time.monotonic()
        while self._controls:
            alive = any(w.status is None for w in self._workers.values())
            for control in select.select(self._controls, [], [], LOOK_SECONDS if alive else None)[0]:
                try:
                    data, descriptors, _, _ = socket.recv_fds(control, LONGEST_LINE, 2)
                    if data:
                        send(control, self._answer(json.loads(data), descriptors, control))
                        continue
                except ConnectionError:  # it was killed
                    pass
                self._hang_up(control)
            if time.monotonic() - looked >= LOOK_SECONDS:
                self._look()
                looked = time.monotonic()

    def close(self) -> None:
        for pid in list(self._workers):
            self._end(pid)

    def _hang_up(self, control: socket.socket) -> None:
        for pid in [pid for pid, worker in self._workers.items() if worker.owner is control]:
            self._end(pid)
        self._controls.remove(control)
        _tell([control], {"others": len(self._controls)})
        control.close()

    def _answer(
        self, request: dict[str, Any], descriptors: list[int], control: socket.socket
    ) -> dict[str, Any]:
        if request["do"] == "fork":
            return self._fork(descriptors, Limits(**request["limits"]), request["kernel"], control)
        worker = self._workers.get(request["pid"])
        if worker is None or worker.owner is not control:
            return {"status": None, "excess": ""}
        if request["do"] == "end":
            self._end(request["pid"])
            return {"status": worker.status, "excess": worker.excess}
        if request["do"] == "signal":
            self._signal(request["pid"], request["signal"])
            return {}
        self._reap(request["pid"])
        return {"status": worker.status}

    # -- starting

    def _fork(
        self, descriptors: list[int], limits: Limits, kernel: str, owner: socket.socket
    ) -> dict[str, Any]:
        """A worker, once it has put itself into the sandbox."""
        connection, output = descriptors
        if kernel and self._warm:
            import grader.worker.kernel  # noqa: F401 (once, for all kernels that will be forked)
        scratch = "" if self._world.level == 3 else tempfile.mkdtemp(prefix="worker-", dir=self._folder)
        if self._world.level == 3:
            rearm(self._namespace)
        confined, confirm = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(confined)
                self._be_a_worker(connection, output, limits, scratch, kernel, confirm)
            finally:
                os._exit(0)
        for descriptor in (connection, output, confirm):
            os.close(descriptor)
        with os.fdopen(confined, "rb") as pipe:
            said = pipe.read()
        self._workers[pid] = Forked(owner, limits, scratch, kernel, tree.usage(pid).memory)
        if said == b"confined":
            return {"pid": pid}
        self._end(pid)
        return {"error": said.decode(errors="replace") or "it ended before it was confined"}

    def _be_a_worker(
        self, connection: int, output: int, limits: Limits, scratch: str, kernel: str, confirm: int
    ) -> None:
        """In the fork: go into the sandbox, say so, and only then take anything of a student's."""
        try:
            gc.freeze()  # the student's garbage is looked for among the student's objects: torch's stay shared with us
            close_all_but({0, 1, 2, connection, output, confirm, self._lifeline})
            os.setsid()
            redirect(os.open(os.devnull, os.O_WRONLY) if kernel else output)
            if not self._warm:
                warm_up()  # its address space is limited from now on, and torch takes much of it
            if self._world.level == 2:
                from grader.worker.one_process import load_in_one_process

                load_in_one_process()
            folder = f"{self._folder}/{kernel}" if kernel else ""
            run = self._kernel(folder, connection, output) if kernel else self._submission(connection)
            seen = confine(self._world, limits, scratch, kernel=folder, lifeline=self._lifeline)
            if self._world.devices:
                start_gpu()
        except BaseException as e:
            os.write(confirm, (str(e) or repr(e)).encode()[:500])
            return
        os.write(confirm, b"confined")
        os.close(confirm)
        try:
            run(seen)
        except BaseException:
            if kernel:
                redirect(output)
            traceback.print_exc()

    def _submission(self, connection: int) -> Callable[[str], None]:
        from grader.worker.serve import serve_submission

        return lambda folder: serve_submission(socket.socket(fileno=connection))

    def _kernel(self, folder: str, connection: int, output: int) -> Callable[[str], None]:
        """What it needs from its folder is read while that is still allowed."""
        from grader.worker.kernel import run_kernel

        plan, link = (
            json.loads(Path(folder, name).read_text(encoding="utf-8"))
            for name in ("plan.json", "connection.json")
        )
        socket_name = Path(link["ip"]).name
        return lambda seen: run_kernel(
            plan, {**link, "ip": f"{seen}/{socket_name}"}, socket.socket(fileno=connection), output
        )

    # -- watching

    def _look(self) -> None:
        """End what uses more than it may."""
        self._looks += 1
        for pid, worker in self._workers.items():
            if worker.status is not None:
                continue
            worker.excess = worker.excess or self._excess(pid, worker)  # while it dies it uses little
            if worker.excess:
                self._kill(pid)
            self._reap(pid)
        if self._world.level < 3:
            self._end_orphans()

    def _excess(self, pid: int, worker: Forked) -> str:
        """The limit that a worker breaks, or ""."""
        found = tree.excess(tree.usage(pid, each=worker.memory + self._granted), worker.limits)
        return found or (self._too_many_files(worker) if self._looks % LOOKS_PER_WALK == 0 else "")

    def _too_many_files(self, worker: Forked) -> str:
        if worker.scratch and overfull(worker.scratch, worker.limits):
            return "files"
        if worker.kernel and sum(1 for _ in Path(self._folder, worker.kernel).iterdir()) > tree.MOST_SOCKETS:
            return "files"
        return ""

    # -- ending

    def _end(self, pid: int) -> None:
        """Kill a worker and whatever it left, and remove its files."""
        worker = self._workers[pid]
        self._kill(pid)
        if worker.status is None:
            with contextlib.suppress(ChildProcessError):
                worker.status = os.waitpid(pid, 0)[1]
        del self._workers[pid]
        if self._world.level < 3:
            self._end_orphans()
        if worker.scratch:
            remove_tree(Path(worker.scratch))

    def _reap(self, pid: int) -> None:
        worker = self._workers[pid]
        if worker.status is None:
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(pid, os.WNOHANG)
                worker.status = status if ended else None

    def _kill(self, pid: int) -> None:
        if self._workers[pid].status is None:
            self._signal(pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _signal(self, pid: int, number: int) -> None:
        """To the worker's process group, which it leads."""
        if self._workers[pid].status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, number)

    def _end_orphans(self) -> None:
        """Without a process namespace: children we never forked were left by a worker."""
        for _ in range(100):
            orphans = tree.children() - self._workers.keys()
            if not orphans:
                return
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def close_all_but(kept: set[int]) -> None:
    """No descriptor of ours is a worker's."""
    for before, after in pairwise(sorted(kept)):
        os.closerange(before + 1, after)
    os.closerange(max(kept) + 1, os.sysconf("SC_OPEN_MAX"))


def send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _tell(controls: list[socket.socket], message: dict[str, Any]) -> None:
    """Tell all that still live; one that was killed must not end the others."""
    for control in controls:
        with contextlib.suppress(ConnectionError):
            send(control, message)


def main() -> None:
    """Find what the system gives, go there, import torch, and serve."""
    controls = [socket.socket(fileno=int(number)) for number in sys.argv[1:]]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader, which then hangs up
    wanted = json.loads(controls[0].recv(LONGEST_LINE))
    folder, warm, devices = wanted["folder"], wanted["warm"], wanted["devices"]
    one_thread()
    found = examine(
        python_view(wanted["hidden"], devices=devices), folder, ceiling=wanted["ceiling"], devices=devices
    )
    world = found.world
    uid = WORKER_UIDS + os.getpid() if world.uid is not None and world.level == 3 else None
    _tell(controls, {**found.as_data(), "uid": uid})
    die_with_parent()
    if sys.platform == "linux":
        calls.prctl(calls.PR_SET_CHILD_SUBREAPER, 1)
    if world.level == 3:
        child = outer.enter(world.view, folder, uid=uid)
        if child:
            for control in controls:
                control.close()
            outer.relay_end(child)
        die_with_parent()
    if warm:
        warm_up()
        import grader.worker.serve  # noqa: F401 (it needs torch; here it is imported for all workers)
    zygote = Zygote(controls, world, PRIVATE if world.level == 3 else f"{folder}/{WORK_FOLDER}", warm=warm)
    _tell(controls, {"ready": True})
    try:
        zygote.run()
    finally:
        zygote.close()
    os._exit(0)  # nothing of torch needs to be taken down piece by piece


if __name__ == "__main__":
    try:
        main()
    except Missing as e:
        sys.exit(f"the sandbox was there when it was tried, and is not now: {e}")
