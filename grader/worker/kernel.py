"""A Jupyter kernel in which whole notebooks run, and which then answers calls from what they left behind.

Run as `python -I -m grader.worker.kernel -f CONNECTION_FILE PLAN`. PLAN is a JSON file:

    {"memory": bytes, "book": bool, "units": [the .py files, as for a worker],
     "notebooks": [{"module": str, "cells": [{"label", "source", "exercise"}]}]}

The cells come over Jupyter's protocol. Between them two silent commands come: `%grade_enter N` begins notebook
N with an empty namespace, `%grade_serve SOCKET` connects to a Unix socket and answers until it is closed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import types
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp

from grader.worker import book
from grader.worker.execute import STUDENT_FILE, Executor
from grader.worker.load import Submission
from grader.worker.process import adopt_orphans, die_with_parent, prepare, warm_up
from grader.worker.serve import serve
from grader.worker.zygote import children


class Notebooks(Submission):
    """A submission whose notebooks are run from outside, cell by cell, and whose files run as in any worker."""

    def __init__(self, plan: dict[str, Any], kernel: Any) -> None:
        super().__init__()
        self._kernel, self._notebooks = kernel, plan["notebooks"]
        self._stand_in = bool(plan["book"]) and book.install()
        self._cells: dict[str, dict[str, Any]] = {}
        self._before: list[dict[str, Any]] = []
        super().open(plan["units"])  # a notebook may import the files
        shell = kernel.shell
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)
        shell.register_magic_function(self.enter, "line", "grade_enter")
        shell.register_magic_function(self.serve, "line", "grade_serve")
        named = shell.compile.get_code_name
        shell.compile.get_code_name = lambda raw, *rest: self._file_name(raw) or named(raw, *rest)

    def open(self, units: list[dict[str, Any]]) -> bool:
        """The units are known already; returns whether our stand-in serves for the book's package."""
        return self._stand_in

    def enter(self, line: str) -> None:
        """Begin a notebook: later cells run in a namespace of its own."""
        notebook = self._notebooks[int(line)]
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        self._kernel.user_module, self._kernel.user_ns = main, vars(main)
        self._cells = {cell["source"]: cell for cell in notebook["cells"]}
        self.namespaces[notebook["module"]] = vars(main)

    def serve(self, line: str) -> None:
        """Answer calls. What is printed meanwhile goes to the descriptor that comes first over the socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(line)
            _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
            for standard in (1, 2):
                os.dup2(descriptors[0], standard)
            os.close(descriptors[0])
            sys.stdout, sys.stderr = (_text(standard) for standard in (1, 2))
            serve(connection, Executor(self.namespaces, self.answers), self)

    # -- what a cell leaves behind

    def _file_name(self, source: str) -> str:
        cell = self._cells.get(source)
        return f"{STUDENT_FILE} {cell['label']}" if cell else ""

    def _begin(self, info: Any) -> None:
        self._before.append(dict(self._kernel.shell.user_ns))

    def _end(self, result: Any) -> None:
        before = self._before.pop()
        cell = self._cells.get(result.info.raw_cell)
        if cell and cell["exercise"]:
            names = self._kernel.shell.user_ns.items()
            new = {n: v for n, v in names if before.get(n, before) is not v and not n.startswith("_")}
            self.answers.setdefault(cell["exercise"], {}).update(new)


def _text(descriptor: int) -> Any:
    return open(descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)


def main() -> None:
    """Fork: the child becomes the kernel, the parent stays to end what the kernel leaves behind."""
    _stay_only_with(int(os.environ["JPY_PARENT_PID"]))
    adopt_orphans()
    watcher = os.getpid()
    kernel = os.fork()
    if not kernel:
        try:
            _stay_only_with(watcher)
            run_kernel(sys.argv[1:3], json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")))
        finally:
            os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: _signal_group(kernel, signal.SIGKILL))
    signal.signal(signal.SIGINT, lambda *_: _signal_group(kernel, signal.SIGINT))
    _, status = os.waitpid(kernel, 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    _end_orphans()
    _end_like(os.waitstatus_to_exitcode(status))


def run_kernel(arguments: list[str], plan: dict[str, Any]) -> None:
    """Be the kernel until it is told to stop."""
    warm_up()
    prepare(os.open(os.devnull, os.O_WRONLY), plan["memory"])
    app = IPKernelApp.instance(parent_handle=os.getppid())
    app.initialize([*arguments, "--HistoryManager.enabled=False", "--colors=nocolor"])
    Notebooks(plan, app.kernel)
    app.start()


def _stay_only_with(parent: int) -> None:
    """End with `parent`, even when it ended before we could ask for that."""
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)


def _signal_group(leader: int, number: int) -> None:
    """The kernel leads a session of its own once it is prepared."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(leader, number)


def _end_orphans() -> None:
    while orphans := children():
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _end_like(code: int) -> None:
    """End as the kernel did, so that whoever started us sees how."""
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL cannot be handled anyway
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
