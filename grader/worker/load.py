"""Runs a submission's files and cells, one piece at a time, and keeps the names they leave behind.

Files of a submission can import each other by their module names. A piece that raises does not stop the
next one; who asked is told.
"""

from __future__ import annotations
import __future__

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
import types
from collections.abc import Sequence
from typing import Any

from grader.worker import book
from grader.worker.execute import STUDENT_FILE, fault


def _run_statements(source: str, filename: str, names: dict[str, Any]) -> None:
    """Run every statement, also after one that raised: a broken display must not cost the function below it.

    Raises the first exception when all have run.
    """
    first: BaseException | None = None
    flags = 0
    for statement in ast.parse(source, filename).body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags |= sum(getattr(__future__, a.name).compiler_flag for a in statement.names)
        try:
            exec(
                compile(ast.Module([statement], []), filename, "exec", flags=flags, dont_inherit=True), names
            )
        except BaseException as e:
            first = first or e
    if first is not None:
        raise first


class Submission(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The submission's units as importable modules.

    namespaces  module name → its globals
    answers     exercise id → names (re)defined in the cells that answer it
    """

    def __init__(self) -> None:
        self.namespaces: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self._units: dict[str, list[dict[str, Any]]] = {}
        self._replies: dict[tuple[str, int], dict[str, Any]] = {}
        self._modules: dict[str, types.ModuleType] = {}

    def open(self, units: list[dict[str, Any]]) -> bool:
        """Announce units: [{"module": str, "cells": [{"label", "source", "exercise"}]}]. Runs nothing.

        returns  whether the book's package is asked for and our stand-in serves for it
        """
        for unit in units:
            self._units[unit["module"]] = unit["cells"]
        if self not in sys.meta_path:
            sys.meta_path.append(self)
        asked = any("d2l" in cell["source"] for unit in units for cell in unit["cells"])
        return asked and book.install()

    def run(self, module: str, index: int) -> dict[str, Any]:
        """Run one cell unless an import ran it before; the reply names an exception of the student's."""
        if (module, index) not in self._replies:
            self._replies[module, index] = {"value": None}  # an import in circles must not run it again
            try:
                self._run(module, self._units[module][index])
            except BaseException as e:
                self._replies[module, index] = fault(e)
        return self._replies[module, index]

    def _run(self, module: str, cell: dict[str, Any]) -> None:
        names = vars(self._module(module))
        filename = f"{STUDENT_FILE} {cell['label']}"
        linecache.cache[filename] = (len(cell["source"]), None, cell["source"].splitlines(True), filename)
        before = dict(names)
        try:
            _run_statements(cell["source"], filename, names)
        finally:
            if cell["exercise"]:
                new = {n: v for n, v in names.items() if before.get(n, before) is not v}
                self.answers.setdefault(cell["exercise"], {}).update(new)

    def _module(self, name: str) -> types.ModuleType:
        if name not in self._modules:
            self._modules[name] = types.ModuleType(name)
            self._modules[name].__dict__["__spec__"] = importlib.machinery.ModuleSpec(name, self)
            self.namespaces[name] = vars(self._modules[name])
            sys.modules[name] = self._modules[name]
        return self._modules[name]

    # -- import system

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname in self._units else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self._module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        for index in range(len(self._units[module.__name__])):
            self.run(module.__name__, index)
