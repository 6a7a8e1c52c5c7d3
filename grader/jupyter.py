"""Our side of a notebook kernel: starts it, has nbclient run cells on it, asks it to answer calls, ends it.

    Kernel ─→ AsyncKernelManager (jupyter_client) ─→ Provisioner ─→ a fork of the launcher's ─→ grader.worker.kernel
       └───→ Client (nbclient) ←─ replies and outputs, over Unix sockets in a folder of the kernel's own

A cell holds Jupyter's sockets and its key as well as we do: any message may be forged, flooded, nested, endless or of
other types than the protocol has. None may hurt the grader, stop its clock or fill its memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import zmq.asyncio
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning import KernelProvisionerBase
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.dialogue import Worker, WorkerLimits
from grader.errors import WorkerError
from grader.launch import START_SECONDS, Exit, Launcher, Process
from grader.worker.folders import remove_tree

GRACE_SECONDS = 5.0
COMMAND_SECONDS = 20.0
LOOK_SECONDS = 0.1
OUTPUT_BYTES = 5_000_000
MESSAGE_BYTES = 16 << 20
MESSAGES_WAITING = 32
GROWTH_BYTES = 500 << 20

T = TypeVar("T")


class CellKilled(Exception):
    """A cell ended the kernel, or had to be ended with it."""


# ---------------------------------------------------------------- cells


class Client(NotebookClient):  # type: ignore[misc]  # nbclient is not followed by mypy
    """nbclient with a clock of ours, a cap on what cells may show, and without widgets.

    nbclient interrupts a cell at its limit, too, but then waits for ever for one that catches the interrupt.
    """

    def __init__(self, content: Any, *, km: Any) -> None:
        super().__init__(content, km=km, allow_errors=True, on_cell_executed=self._replied)
        self._shown = 0
        self._reply: Any = None

    async def run_cell(self, index: int, limit: float) -> str:
        """Run one cell; what went wrong, or "". Raises CellKilled when the kernel is of no use after it."""
        self._reply, self._shown = None, 0
        task = asyncio.ensure_future(self.async_execute_cell(self.nb.cells[index], index))
        try:
            in_time = await _finished(task, limit)
            if not in_time:
                await self.km.interrupt_kernel()
                if not await _finished(task, GRACE_SECONDS):
                    raise CellKilled(f"still running after {limit:.0f} s, and it could not be interrupted")
            await task
        except DeadKernelError:
            raise CellKilled("it ended the process") from None
        except (CellKilled, asyncio.CancelledError):
            task.cancel()
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody else asks
            raise
        except Exception as e:  # the kernel may send anything, and nbclient trusts it
            return f"its result could not be read ({type(e).__name__})"
        return fault(self._reply) if in_time else f"interrupted after {limit:.0f} s"

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Take what belongs to the notebook, up to a limit for a cell."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None
        if kind != "status":
            self._shown += len(repr(msg["content"])) * self._places(msg["content"])
            if self._shown > OUTPUT_BYTES:
                return None
        return super().process_message(msg, cell, cell_index)

    def _places(self, content: Any) -> int:
        """At how many places a display is shown: one update changes them all."""
        display = (content.get("transient") or {}).get("display_id")
        return 1 + sum(len(places) for places in self._display_id_map.get(display, {}).values())

    def _replied(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        self._reply = execute_reply


async def _finished(task: asyncio.Future[Any], seconds: float) -> bool:
    """Wait for it, at most so long. Raises CellKilled when what the kernel sends fills our memory."""
    end, before = time.monotonic() + seconds, _our_memory()
    while (left := end - time.monotonic()) > 0:
        if (await asyncio.wait({task}, timeout=min(left, LOOK_SECONDS)))[0]:
            return True
        if _our_memory() - before > GROWTH_BYTES:
            raise CellKilled("it sent more than a notebook can hold")
    return False


def _our_memory() -> int:
    """Bytes in use; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def fault(reply: Any) -> str:
    """The exception a cell ended with, or ""; its text is the student's and stays text."""
    content = _content(reply)
    if content.get("status") != "error":
        return ""
    kind, message = str(content.get("ename")), str(content.get("evalue")).strip()
    return f"{kind[:80]}: {message.splitlines()[0][:400]}" if message else kind[:80]


def _content(reply: Any) -> dict[str, Any]:
    content = reply.get("content") if isinstance(reply, dict) else None
    return content if isinstance(content, dict) else {}


def _giving_way(receive: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Receive in turns with all else: while messages wait, nbclient's loops would let no clock run."""

    async def received(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return await receive(*args, **kwargs)

    return received


# ---------------------------------------------------------------- one kernel


class Provisioner(KernelProvisionerBase):  # type: ignore[misc]  # jupyter_client is not followed by mypy
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

    def __init__(self, plan: dict[str, Any], launcher: Launcher, limits: WorkerLimits) -> None:
        self._launcher, self._limits = launcher, limits
        self._folder = launcher.kernel_folder()
        (self._folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
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
        context.setsockopt(zmq.RCVHWM, MESSAGES_WAITING)
        self.manager = AsyncKernelManager(
            context=context,
            transport="ipc",
            ip=str(self._folder / "channel"),
            connection_file=str(self._folder / "connection.json"),
            kernel_spec_manager=_OurKernel(),
        )
        self.manager.provisioner = Provisioner(
            self._launch, kernel_spec=self.manager.kernel_spec, parent=self.manager
        )
        await self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.allow_stdin = False
        for channel in (self.client.shell_channel, self.client.iopub_channel):
            channel.get_msg = _giving_way(channel.get_msg)
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
        """Run a line of ours, outside the notebook's history. Raises CellKilled where the kernel does not obey."""
        asked = self.client.execute(
            line, silent=True, store_history=False, reply=True, timeout=COMMAND_SECONDS
        )
        try:
            reply = await asyncio.wait_for(asked, COMMAND_SECONDS)
        except Exception as e:  # a dead kernel, or one that sends anything but a reply
            raise CellKilled("after it the kernel did not answer") from e
        if _content(reply).get("status") != "ok":
            raise CellKilled(f"after it the kernel could not go on: {fault(reply)}")

    async def ask_to_serve(self) -> None:
        """From now on the kernel answers the worker's calls; no reply comes to this."""
        self.client.execute("%grade_serve", silent=True, store_history=False)

    @property
    def worker(self) -> Worker:
        """Who answers calls. Its end is the kernel's."""
        assert self._worker is not None  # it has been started
        return self._worker

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
