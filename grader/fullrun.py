"""Runs every cell of a submission's notebooks, on a real kernel, and then answers calls from what they left behind.

    plan ─→ kernel (grader.worker.kernel, forked and confined like any worker) ←─ cells, by nbclient
                                                                               ←─ calls, as with any worker

One kernel serves a submission; each notebook has a namespace of its own, and .py files run beside them. Nothing
in a notebook but its cells' text reaches nbclient: no kernelspec, no tags, no metadata.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import nbformat
import zmq.asyncio
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.errors import Died, WorkerError
from grader.host import ProcessSubject, Worker, WorkerLimits
from grader.launch import START_SECONDS, Exit, Launcher, Process
from grader.model import Remark, Submission, Unit
from grader.notebook import raw_cells
from grader.outline import RawCell
from grader.source import plain_text
from grader.worker.folders import remove_tree

RESTARTS = 3
GRACE_SECONDS = 5.0
OUTPUT_BYTES = 5_000_000
MESSAGE_BYTES = 64 << 20

T = TypeVar("T")


@dataclass(frozen=True)
class NotebookLimits:
    """How long notebooks may run; a cell is interrupted, what is left after the whole time is left out."""

    cell_seconds: float = 60.0
    total_seconds: float = 900.0


@dataclass
class Notebook:
    """A notebook to run, and how far it came."""

    unit: Unit
    cells: list[RawCell]
    content: Any = field(init=False)
    """what nbclient runs: the cells' text and nothing else of the student's file"""

    def __post_init__(self) -> None:
        self.content = nbformat.from_dict(
            {"cells": [_bare(c) for c in self.cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        )

    def plan(self) -> dict[str, Any]:
        exercises = {c.label: c.exercise for c in self.unit.cells}
        found = [(c, exercises.get(c.label)) for c in self.cells if c.kind == "code"]
        return {
            "module": self.unit.module,
            "cells": [
                {"label": c.label, "source": plain_text(c.source)[0], "exercise": exercise}
                for c, exercise in found
            ],
        }


def _read(data: bytes, path: str) -> list[RawCell]:
    """A notebook's cells; the loader has remarked on what is wrong with it."""
    remarks: list[Remark] = []
    return raw_cells(data, path, remarks)


def _bare(cell: RawCell) -> dict[str, Any]:
    kind = cell.kind if cell.kind in ("code", "markdown") else "raw"
    bare: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": plain_text(cell.source)[0]}
    return bare | {"outputs": [], "execution_count": None} if kind == "code" else bare


# ---------------------------------------------------------------- one submission


class KernelSubject(ProcessSubject):
    """A submission whose notebooks run in full. A lost kernel is started anew, and they run again."""

    runs_before_loading = True

    def __init__(
        self,
        submission: Submission,
        launcher: Launcher,
        limits: WorkerLimits | None = None,
        notebook_limits: NotebookLimits | None = None,
    ) -> None:
        super().__init__(submission, limits)
        self._launcher = launcher
        self._notebook_limits = notebook_limits or NotebookLimits()
        self._kernel: Kernel | None = None
        self._starts = 0
        self.executed: dict[str, bytes] = {}
        """path of a notebook → the notebook as it ran, with its outputs"""

    @property
    def level(self) -> int | None:
        return self._launcher.level

    def close(self) -> None:
        super().close()
        if self._kernel is not None:  # the notebooks have not come to their end
            self._kernel.end()
            self._kernel = None

    def _units(self) -> tuple[Unit, ...]:
        return tuple(u for u in self._submission.units if u.notebook is None)

    def _started(self) -> Worker:
        """A kernel in which the notebooks have run. It does not count against the time of a check."""
        began = time.monotonic()
        try:
            while True:
                if self._starts > RESTARTS:
                    raise Died(f"the notebook was run {self._starts} times and its kernel was lost each time")
                self._starts += 1
                with contextlib.suppress(_CellKilled):
                    return self._run()
        finally:
            self._deadline += time.monotonic() - began

    def _run(self) -> Worker:
        notebooks = [Notebook(u, _read(u.notebook, u.path)) for u in self._submission.units if u.notebook]
        kernel = self._kernel = Kernel(notebooks, self._units(), self._launcher, self._limits)
        try:
            kernel.do(self._run_notebooks(kernel, notebooks))
            worker = kernel.connect()
        except BaseException:
            kernel.end()
            raise
        finally:
            self._kernel = None
            for notebook in notebooks:
                self.executed[notebook.unit.path] = json.dumps(notebook.content).encode()
        return worker

    async def _run_notebooks(self, kernel: Kernel, notebooks: list[Notebook]) -> None:
        await kernel.start()
        deadline = time.monotonic() + self._notebook_limits.total_seconds
        for number, notebook in enumerate(notebooks):
            await kernel.command(f"%grade_enter {number}")
            client = _Client(notebook.content, km=kernel.manager)
            client.kc = kernel.client
            for index, cell in enumerate(notebook.cells):
                key = (notebook.unit.module, index)
                if cell.kind != "code" or key in self._left_out:
                    continue
                where = f"{notebook.unit.path}, {cell.label}"
                limit = min(self._notebook_limits.cell_seconds, deadline - time.monotonic())
                if limit <= 0:
                    total = self._notebook_limits.total_seconds
                    self._remark(where, f"left out with all after it: the notebooks ran for {total:.0f} s")
                    return
                try:
                    problem = await client.run_cell(index, limit)
                except _CellKilled as e:
                    self._left_out.add(key)
                    self._remark(where, f"left out: {e}")
                    raise
                if problem:
                    self._remark(where, problem)


class _CellKilled(Exception):
    """A cell ended the kernel, or had to be ended with it."""


class _Client(NotebookClient):  # type: ignore[misc]  # nbclient is not followed by mypy
    """nbclient with a clock of ours, a cap on what cells may print, and without widgets.

    nbclient interrupts a cell at its limit, too, but then waits for ever for one that catches the interrupt.
    """

    def __init__(self, content: Any, *, km: Any) -> None:
        super().__init__(content, km=km, allow_errors=True, on_cell_executed=self._replied)
        self._printed = 0
        self._reply: Any = None

    async def run_cell(self, index: int, limit: float) -> str:
        """Run one cell; what went wrong, or "". Raises _CellKilled when the kernel is of no use after it."""
        self._reply, self._printed = None, 0
        task = asyncio.ensure_future(self.async_execute_cell(self.nb.cells[index], index))
        try:
            done, _ = await asyncio.wait({task}, timeout=limit)
            if not done:
                await self.km.interrupt_kernel()
                stopped, _ = await asyncio.wait({task}, timeout=GRACE_SECONDS)
                if not stopped:
                    raise _CellKilled(f"still running after {limit:.0f} s, and it could not be interrupted")
            await task
        except DeadKernelError:
            raise _CellKilled("it ended the process") from None
        except (_CellKilled, asyncio.CancelledError):
            task.cancel()
            raise
        except Exception as e:  # the kernel may send anything, and nbclient trusts it
            return f"its result could not be read ({type(e).__name__})"
        return f"interrupted after {limit:.0f} s" if not done else _fault(self._reply)

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Take what belongs to the notebook, up to a limit for a cell."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None
        if kind != "status":
            self._printed += len(repr(msg["content"]))
            if self._printed > OUTPUT_BYTES:
                return None
        return super().process_message(msg, cell, cell_index)

    def _replied(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        self._reply = execute_reply


def _fault(reply: Any) -> str:
    """The exception a cell ended with; its text is the student's and stays text."""
    content = reply["content"] if reply else {}
    if content.get("status") != "error":
        return ""
    kind, message = str(content.get("ename")), str(content.get("evalue")).strip()
    return f"{kind[:80]}: {message.splitlines()[0][:400]}" if message else kind[:80]


# ---------------------------------------------------------------- one kernel


class _Provisioner(KernelProvisionerBase):  # type: ignore[misc]  # jupyter_client is not followed by mypy
    """jupyter_client's way to start and end a kernel: ours is a fork of the launcher's."""

    def __init__(self, start: Callable[[], Process], **traits: Any) -> None:
        super().__init__(**traits)
        self._start = start
        self.process: Process | None = None

    @property
    def has_process(self) -> bool:
        return self.process is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self.parent.write_connection_file()
        self.connection_info = self.parent.get_connection_info()
        return {"cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        self.process = self._start()
        return self.connection_info

    async def poll(self) -> int | None:
        return self.process.poll() if self.process else 0

    async def wait(self) -> int | None:
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.05)
        return code

    async def send_signal(self, signum: int) -> None:
        if self.process:
            self.process.signal(signum)

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.kill()

    async def cleanup(self, restart: bool = False) -> None:
        self.process = None


class _OurKernel(KernelSpecManager):  # type: ignore[misc]  # the same
    """Whatever kernel is asked for, it is ours: none needs to be installed, and no file or notebook chooses it."""

    def get_kernel_spec(self, kernel_name: str) -> Any:
        return KernelSpec(argv=[], display_name="grade", language="python")


class Kernel:
    """A kernel process with a folder for its sockets, and the thread that talks to it."""

    def __init__(
        self, notebooks: list[Notebook], units: tuple[Unit, ...], launcher: Launcher, limits: WorkerLimits
    ) -> None:
        self._launcher, self._limits = launcher, limits
        self._folder = launcher.kernel_folder()
        plan = json.dumps(_plan(notebooks, units))
        self._plan = self._folder / "plan.json"
        self._plan.write_text(plan, encoding="utf-8")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="grade-kernel", daemon=True)
        self._thread.start()
        self._worker: Worker | None = None
        self._process: Process | None = None
        self.manager: Any = None
        self.client: Any = None

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` in the kernel's thread; Ctrl-C cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    async def start(self) -> None:
        """Start the process and wait until it answers. Raises WorkerError."""
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
        self.manager = AsyncKernelManager(
            context=context,
            transport="ipc",
            ip=str(self._folder / "channel"),
            connection_file=str(self._folder / "connection.json"),
            kernel_spec_manager=_OurKernel(),
        )
        self.manager.provisioner = _Provisioner(
            self._launch, kernel_spec=self.manager.kernel_spec, parent=self.manager
        )
        await self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.allow_stdin = False
        try:
            await self.client.wait_for_ready(timeout=START_SECONDS)
        except RuntimeError as e:
            said = self._worker.output()[-500:] if self._worker else ""
            raise WorkerError(f"no notebook kernel could be started: {e} {said}") from e

    def _launch(self) -> Process:
        """The worker that will be a kernel, once Jupyter's client has written the connection file."""
        for path in self._folder.iterdir():
            path.chmod(0o644)  # it may run as another user; the folder is closed to everybody else
        self._worker, self._process = Worker.launched(self._launcher, self._limits, kernel=self._folder.name)
        self._worker.ends_with(self._finish)
        return self._process

    async def command(self, line: str) -> None:
        """Run a line of ours, outside the notebook's history."""
        reply = self.client.execute(line, silent=True, store_history=False, reply=True, timeout=START_SECONDS)
        try:
            content = (await reply)["content"]
        except (TimeoutError, RuntimeError) as e:
            raise _CellKilled("it ended the process") from e
        if content.get("status") != "ok":
            raise WorkerError(f"the notebook kernel: {_fault({'content': content})}")

    def connect(self) -> Worker:
        """From now on the kernel answers calls. The worker's end is the kernel's."""
        assert self._worker is not None  # it has been started
        self.do(self._ask_to_serve())
        return self._worker

    async def _ask_to_serve(self) -> None:
        self.client.execute("%grade_serve", silent=True, store_history=False)

    def end(self) -> Exit:
        """Kill the process and all it started; nothing stays."""
        return self._worker.end() if self._worker else self._finish()

    def _finish(self) -> Exit:
        exit = Exit(None)
        try:
            if self._process is not None:
                exit = self._process.end()
            if self.manager is not None:
                self.do(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            remove_tree(self._folder)
        return exit

    async def _stop(self) -> None:
        unfinished = asyncio.all_tasks() - {asyncio.current_task()}
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if self.client is not None:
            self.client.stop_channels()
        await self.manager.cleanup_resources()
        self.manager.context.destroy(linger=0)


def _plan(notebooks: list[Notebook], units: tuple[Unit, ...]) -> dict[str, Any]:
    sources = [c.source for n in notebooks for c in n.cells] + [c.source for u in units for c in u.cells]
    return {
        "book": any("d2l" in s for s in sources),
        "units": [{"module": u.module, "cells": [vars(c) for c in u.cells]} for u in units],
        "notebooks": [n.plan() for n in notebooks],
    }
