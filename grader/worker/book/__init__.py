"""Our stand-in for the book's package: makes `from d2l import torch as d2l` work where it is not installed.

It has the helpers that the chapter's notebooks take from earlier chapters: plotting, timers, accumulators,
devices, a training loop, short names for torch functions. It has nothing a student is asked to write, and no data but
what the course serves: what is missing says so when it is used, and student code may set it (`d2l.box_iou = box_iou`).

    plotting   drawing without a display
    measuring  timers, sums, devices
    training   a training loop, the small ResNet
    data       data sets' names; downloads refused with the next step
    names      all of it under the book's names

Plotting is kept cheap: curves are recorded and not drawn; matplotlib is imported when first used, without a
display.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import sys
import types
from typing import Any

from grader.worker.book.names import LAZY, PUBLIC, names
from grader.worker.book.training import resnet18

__all__ = ["install", "resnet18"]


def install() -> bool:
    """Make `d2l` importable. True when the stand-in is used, False when the real package is.

    The real package counts only if it imports as a whole: it pins old versions and often does not.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")  # for student code that imports matplotlib itself
    if isinstance(sys.modules.get("d2l.torch"), _Book):
        return True
    try:
        importlib.import_module("d2l.torch")
        return False
    except Exception:  # an old package can fail in any way while it is imported
        for name in [n for n in sys.modules if n == "d2l" or n.startswith("d2l.")]:
            del sys.modules[name]
    package, book = _Book("d2l"), _Book("d2l.torch")
    for module in (package, book):
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None, is_package=module is package)
        vars(module).update(names(), __all__=PUBLIC, __version__="stand-in")
    vars(package).update(__path__=[], torch=book)
    # `import d2l` alone means the package of helpers to some: `d2l.Timer` and `d2l.torch.Timer` both work.
    sys.modules.update({"d2l": package, "d2l.torch": book})
    return True


class _Book(types.ModuleType):
    """A module whose missing names explain themselves and whose heavy ones come when asked for."""

    def __getattr__(self, name: str) -> Any:
        if name in LAZY:
            try:
                value = LAZY[name]()
            except ImportError as e:
                raise AttributeError(f"d2l.{name} needs {e.name}, which is not installed here") from e
            setattr(self, name, value)
            return value
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"the grader's stand-in for d2l has no {name!r}. A function of this chapter: define it in "
            "your own file or notebook, because graded functions must be your own. Any other helper: copy it"
        )
