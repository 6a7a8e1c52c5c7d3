"""Runs every cell of a submission's notebooks, on a real kernel, and then answers calls from what they left behind.

    plan ─→ kernel (grader.worker.kernel, forked and confined like any worker) ←─ cells, by nbclient
                                                                               ←─ calls, as with any worker

One kernel serves a submission; each notebook has a namespace of its own, and .py files run beside them. Nothing
in a notebook but its cells' text reaches nbclient: no kernelspec, no tags, no metadata.
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import nbformat

from grader.dialogue import Worker, WorkerLimits
from grader.errors import Died, StudentHalt, WorkerError
from grader.host import ProcessSubject
from grader.jupyter import CellKilled, Client, Kernel
from grader.launch import Launcher
from grader.model import Remark, Scene, Submission, Unit
from grader.notebook import raw_cells
from grader.outline import RawCell
from grader.source import plain_text

RESTARTS = 3


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

    def prepare(self, scene: Scene | None) -> None:
        """The notebooks run at once, so that there is something to see even of those that answer nothing."""
        super().prepare(scene)
        with contextlib.suppress(StudentHalt, WorkerError):  # the first check that needs it says so
            self.start()

    def _set_scene(self, worker: Worker, deadline: float) -> None:
        """It was set before the notebooks ran."""

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
                with contextlib.suppress(CellKilled):
                    return self._run()
        finally:
            self._deadline += time.monotonic() - began

    def _run(self) -> Worker:
        notebooks = [Notebook(u, _read(u.notebook, u.path)) for u in self._submission.units if u.notebook]
        kernel = self._kernel = Kernel(
            _plan(notebooks, self._units(), self._scene), self._launcher, self._limits
        )
        try:
            kernel.do(self._run_notebooks(kernel, notebooks))
            worker = kernel.worker
        except BaseException:
            kernel.end()
            raise
        finally:
            self._kernel = None
            for notebook in notebooks:
                self.executed[notebook.unit.path] = _evidence(notebook)
        return worker

    async def _run_notebooks(self, kernel: Kernel, notebooks: list[Notebook]) -> None:
        await kernel.start()
        deadline = time.monotonic() + self._notebook_limits.total_seconds
        ran: _Key | None = None
        try:
            for number, notebook in enumerate(notebooks):
                await kernel.command(f"%grade_enter {number}")
                client = Client(notebook.content, km=kernel.manager)
                client.kc = kernel.client
                for index, cell in enumerate(notebook.cells):
                    key = _Key(notebook.unit, index, cell.label)
                    if cell.kind != "code" or key.left_out in self._left_out:
                        continue
                    limit = min(self._notebook_limits.cell_seconds, deadline - time.monotonic())
                    if limit <= 0:
                        total = self._notebook_limits.total_seconds
                        self._remark(
                            key.where, f"left out with all after it: the notebooks ran for {total:.0f} s"
                        )
                        return
                    ran = key
                    if problem := await client.run_cell(index, limit):
                        self._remark(key.where, problem)
            await kernel.ask_to_serve()
        except CellKilled as e:
            if ran is None:  # no cell of theirs has run
                raise WorkerError(f"the notebook kernel: {e}") from e
            self._left_out.add(ran.left_out)
            self._remark(ran.where, f"left out: {e}")
            raise


@dataclass(frozen=True)
class _Key:
    """A cell of a notebook."""

    unit: Unit
    index: int
    label: str

    @property
    def left_out(self) -> tuple[str, int]:
        return self.unit.module, self.index

    @property
    def where(self) -> str:
        return f"{self.unit.path}, {self.label}"


def _evidence(notebook: Notebook) -> bytes:
    """The notebook as it ran; without outputs where what the kernel sent cannot be written down."""
    try:
        return json.dumps(notebook.content).encode()
    except (RecursionError, ValueError, TypeError):
        for cell in notebook.content["cells"]:
            cell.update({"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {})
        return json.dumps(notebook.content).encode()


def _plan(notebooks: list[Notebook], units: tuple[Unit, ...], scene: Scene | None) -> dict[str, Any]:
    sources = [c.source for n in notebooks for c in n.cells] + [c.source for u in units for c in u.cells]
    return {
        "book": any("d2l" in s for s in sources),
        "scene": _scene(scene) if scene is not None else None,
        "units": [{"module": u.module, "cells": [vars(c) for c in u.cells]} for u in units],
        "notebooks": [n.plan() for n in notebooks],
    }


def _scene(scene: Scene) -> dict[str, Any]:
    files = {path: base64.b64encode(data).decode() for path, data in scene.files.items()}
    return {"files": files, "source": scene.source}
