"""Imports what nearly every submission imports, so that its forks have it: all but torch's compiler.

`import torchvision` imports the compiler for a single function, which is called on some GPUs only, and that takes as long as
torch itself. A stand-in answers for this one import; who calls the function, makes an optimiser or compiles something gets the
real compiler. What a fork has needed later than that is there before the next one is forked.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import inspect
import mmap
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

from grader.worker.process import one_thread

MODULES = ("numpy", "torch", "torch.nn.functional", "torchvision", "torchvision.transforms", "PIL.Image")
COMPILER = "torch._dynamo"
ASKED_FOR = "is_compile_supported"


def warm_up() -> None:
    """Import all of it, with a single thread so that forks are safe."""
    one_thread()
    import torch

    with _compiler_left_out():
        for name in MODULES:
            importlib.import_module(name)
    _keep_from_no_compiler()
    torch.set_num_threads(1)


class Later:
    """What is imported only when somebody needs it; which of it a fork has needed is noted in memory shared with all forks."""

    MODULES = (COMPILER, "sympy")  # some operations on two dtypes import sympy

    def __init__(self) -> None:
        self._needed = mmap.mmap(-1, len(self.MODULES))

    def watch(self) -> None:
        """In a fork: note what it needs."""
        sys.meta_path.insert(0, _Watcher(self._needed))

    def prepare(self) -> None:
        """Before the next fork: import what one of them had to import for itself."""
        for needed, name in zip(self._needed[:], self.MODULES, strict=True):
            if needed and name not in sys.modules:
                importlib.import_module(name)


class _Watcher(importlib.abc.MetaPathFinder):
    def __init__(self, needed: mmap.mmap) -> None:
        self._needed = needed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in Later.MODULES:
            self._needed[Later.MODULES.index(fullname)] = 1
        return None


def _keep_from_no_compiler() -> None:
    """Some operations (`tensor ** -0.5` among them) import the compiler in order to be kept from it. Nothing is compiled here:
    kept from it they are themselves."""
    from torch._compile import _disable_dynamo

    keeper = _disable_dynamo(_keep_from_no_compiler).__code__
    if "fn" not in keeper.co_freevars:  # another version does it in another way
        return
    for function in gc.get_objects():
        if type(function) is types.FunctionType and function.__code__ is keeper:
            itself = inspect.getclosurevars(function).nonlocals["fn"]
            vars(itself).setdefault("__dynamo_disable", itself)


@contextlib.contextmanager
def _compiler_left_out() -> Iterator[None]:
    if COMPILER in sys.modules:
        yield
        return
    compiler, utils = types.ModuleType(COMPILER), types.ModuleType(f"{COMPILER}.utils")
    stand_ins = {module.__name__: module for module in (compiler, utils)}

    def leave() -> None:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]

    def real(module: types.ModuleType, name: str) -> Any:
        """Another version of torchvision asks for more: then it gets the real one at once."""
        if name.startswith("__"):  # `inspect` looks through all modules
            raise AttributeError(name)
        leave()
        return getattr(importlib.import_module(module.__name__), name)

    def is_compile_supported(device: Any) -> Any:
        return getattr(importlib.import_module(utils.__name__), ASKED_FOR)(device)

    for module in (compiler, utils):
        module.__dict__["__getattr__"] = lambda name, module=module: real(module, name)
    compiler.__path__ = []
    utils.__dict__[ASKED_FOR] = is_compile_supported
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        leave()
