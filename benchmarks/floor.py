"""The floor: a student's functions called with the inputs of the graded checks, in a process that is warm. Nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from made import EXERCISES, ROOT, Notebook

from grader.course import Course
from grader.engine import Examiner, Task
from grader.model import Cell, Submission, Unit
from grader.subject import LocalSubject
from grader.worker.codec import Decoder

Call = tuple[str, list[Any], dict[str, Any], bool]
"""name of a function, arguments, keyword arguments, whether its result is differentiated"""


class _Noting(LocalSubject):
    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__({"notebook": names})
        self.calls: list[Call] = []

    def ask(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        if header["op"] in ("call", "vjp"):
            decoder = Decoder(body)
            arguments = [decoder.decode(a) for a in header["args"]]
            is_vjp = header["op"] == "vjp"
            self.calls.append((header["target"]["name"], arguments, decoder.decode(header["kwargs"]), is_vjp))
        return super().ask(header, body)


def _run(notebook: Notebook) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for source in notebook.cells.values():
        exec(source, names)
    return names


@cache
def _calls(student: str, cells: tuple[str, ...]) -> tuple[Call, ...]:
    notebook = Notebook(student, dict(zip(EXERCISES, cells, strict=True)), "")
    subject = _Noting(_run(notebook))
    course = Course(ROOT)
    attempted = frozenset(n for _, names in EXERCISES.values() for n in names)
    unit = Unit("notebook", "n.py", tuple(Cell(e, s) for e, s in notebook.cells.items()), attempted=attempted)
    task = Task(Submission(student, (unit,)), lambda part: subject)
    Examiner(course, exercises=frozenset(EXERCISES)).examine([task], lambda examined: None)
    return tuple(subject.calls)


def calls(notebook: Notebook) -> tuple[Call, ...]:
    """What the checks ask of this notebook, one after the other."""
    return _calls(notebook.student, tuple(notebook.cells.values()))


def seconds(notebooks: Sequence[Notebook]) -> float:
    """To run the cells and to make all these calls, for all notebooks."""
    asked = [calls(n) for n in notebooks]
    began = time.process_time()
    for notebook, made in zip(notebooks, asked, strict=True):
        names = _run(notebook)
        for name, arguments, options, is_vjp in made:
            _call(names[name], arguments, options, is_vjp)
    return time.process_time() - began


def _call(function: Any, arguments: list[Any], options: dict[str, Any], is_vjp: bool) -> None:
    import torch

    try:
        if not is_vjp:
            function(*arguments, **options)
            return
        inputs = [a for a in arguments if isinstance(a, torch.Tensor) and a.is_floating_point()]
        for tensor in inputs:
            tensor.requires_grad_(True)
        function(*arguments, **options).sum().backward()
    except Exception:  # an exception is an answer as well: some checks want one
        return
