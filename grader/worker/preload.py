"""Imports what nearly every submission imports, so that its forks have it.

torchvision brings torch's compiler along, which takes as long to import as torch. Optimisers need it, and some operations: a
fork that had to import it for itself would do so within the time limit of a call.
"""

from __future__ import annotations

import importlib

from grader.worker.process import one_thread

MODULES = ("numpy", "torch", "torch.nn.functional", "torchvision", "torchvision.transforms", "PIL.Image")


def warm_up() -> None:
    """Import all of it, with a single thread so that forks are safe."""
    one_thread()
    for name in MODULES:
        importlib.import_module(name)
    import torch

    torch.set_num_threads(1)
