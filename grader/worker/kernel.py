"""A Jupyter kernel in which whole notebooks run, and which then answers calls from what they left behind.

A fork of the zygote, confined like any worker. In its folder it found the connection file that Jupyter's client wrote
and plan.json:

    {"book": bool, "scene": {"files": {path: base64}, "source": str} or null, "units": [the .py files, as for a worker],
     "notebooks": [{"module": str, "cells": [{"label", "source", "exercise"}]}]}

The cells come over Jupyter's protocol. Between them two silent commands come: `%grade_enter N` begins notebook
N with an empty namespace, `%grade_serve` answers calls over the worker's connection until it is closed.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import types
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp

from grader.worker import book
from grader.worker.execute import STUDENT_FILE, Executor
from grader.worker.load import Submission
from grader.worker.process import redirect
from grader.worker.scene import set_scene
from grader.worker.serve import serve

CONNECTION_FILE = ".connection.json"


class Notebooks(Submission):
    """A submission whose notebooks are run from outside, cell by cell, and whose files run as in any worker."""

    def __init__(self, plan: dict[str, Any], kernel: Any, connection: socket.socket, output: int) -> None:
        super().__init__()
        self._kernel, self._notebooks = kernel, plan["notebooks"]
        self._connection, self._output = connection, output
        self._stand_in = bool(plan["book"]) and book.install()
        if plan["scene"]:
            files = {path: base64.b64decode(data) for path, data in plan["scene"]["files"].items()}
            set_scene(files, plan["scene"]["source"])
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
        """Answer calls; what is printed meanwhile goes into the worker's output pipe."""
        redirect(self._output)
        with self._connection as connection:
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


def run_kernel(plan: dict[str, Any], link: dict[str, Any], connection: socket.socket, output: int) -> None:
    """Be the kernel until it is told to stop.

    link                what Jupyter's connection file says
    connection, output  where calls come from, and where what is printed during calls goes
    """
    del os.environ["MPLBACKEND"]  # `%matplotlib inline` is what a notebook has without asking
    Path(CONNECTION_FILE).write_text(json.dumps(link))
    app = IPKernelApp.instance()
    app.initialize(["-f", CONNECTION_FILE, "--HistoryManager.enabled=False", "--colors=nocolor"])
    Path(CONNECTION_FILE).unlink()
    if not _has_terminals():
        app.shell.system = app.shell.system_raw  # `!ls` would want one
    Notebooks(plan, app.kernel, connection, output)
    app.start()


def _has_terminals() -> bool:
    try:
        for descriptor in os.openpty():
            os.close(descriptor)
    except OSError:
        return False
    return True
