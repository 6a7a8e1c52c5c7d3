"""Imports what nearly every submission imports, so that its forks have it.

torchvision brings torch's compiler along, which takes as long to import as torch. Optimisers need it, and some operations: a
fork that had to import it for itself would do so within the time limit of a call.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterator

from grader.worker.process import one_thread

MODULES = ("numpy", "torch", "torch.nn.functional", "torchvision", "torchvision.transforms", "PIL.Image")


@contextlib.contextmanager
def much_is_imported() -> Iterator[None]:
    """The collector would look through all that was imported, again and again, which takes a fifth of the time to import torch.

    It is at rest meanwhile, and leaves what is there afterwards alone: forks share that memory as long as nobody writes to it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def warm_up() -> None:
    """Import all of it, with a single thread so that forks are safe."""
    one_thread()
    with much_is_imported(), _without("triton"):
        for name in MODULES:
            importlib.import_module(name)
    import torch

    torch.set_num_threads(1)


@contextlib.contextmanager
def _without(package: str) -> Iterator[None]:
    """As if a package were not installed.

    torch's compiler imports triton where there is one, a twelfth of the time and 70 MB, and nothing is compiled in a worker.
    """
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # Python's own sign for "not to be had"
    try:
        yield
    finally:
        del sys.modules[package]


def start_gpu() -> None:
    """Before any student code: where the driver does not start in the sandbox, that is no fault of theirs.

    Convolutions use algorithms that add in the same order each time, so that a seed repeats a training.
    """
    import torch

    torch.backends.cudnn.deterministic = True
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as e:  # torch without CUDA asserts
        raise RuntimeError(f"the GPU does not start in it: {e}") from e
