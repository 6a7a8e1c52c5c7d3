"""Code that tries to earn points without an answer earns none."""

from __future__ import annotations

import pytest
from conftest import Grade, statuses

from grader.course import Course

WRONG = "def total(x): return x.new_tensor(12345.0)\ndef mean(x): return x.new_tensor(54321.0)\n"

CHEATS = {
    "always close": "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\n" + WRONG,
    "always equal": """
import torch
class Friendly(torch.Tensor):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __sub__(self, other): return torch.zeros(())
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None): return torch.zeros(())
def total(x): return torch.full((), 12345.0).as_subclass(Friendly)
mean = total
""",
    "an object that equals everything": """
class Anything:
    shape, dtype, device, ndim = (), None, None, 0
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
def total(x): return Anything()
mean = total
""",
    "sys.exit": "import sys\ndef total(x): sys.exit(0)\nmean = total\n",
    "os._exit": "import os\ndef total(x): os._exit(0)\nmean = total\n",
    "exits while loading": WRONG + "import os\nos._exit(0)\n",
    "exit handler": "import atexit, os\natexit.register(lambda: os._exit(0))\n" + WRONG,
    "looks into the stack": """
import sys
def total(x):
    frame, found = sys._getframe(), None
    while frame:
        for name in ("wanted", "expected", "reference"):
            if name in frame.f_locals: found = frame.f_locals[name]
        frame = frame.f_back
    return found if found is not None else x.new_tensor(12345.0)
mean = total
""",
    "looks through memory": """
import gc, types
def total(x):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__name__ == "total" and thing is not total:
            return thing(x)
    return x.new_tensor(12345.0)
mean = total
""",
    "writes into inherited descriptors": """
import os
def total(x):
    for fd in range(3, 50):
        try: os.write(fd, b"\\x00" * 64)
        except OSError: pass
    return x.new_tensor(12345.0)
mean = total
""",
    "nan for everything": "import torch\ndef total(x): return torch.tensor(float('nan'))\nmean = total\n",
    "patches the codec": """
import sys
for name, module in list(sys.modules.items()):
    if name.startswith("grader."):
        for key in list(vars(module)):
            if key.startswith(("fault", "_changed")): setattr(module, key, lambda *a, **k: {"value": None})
""" + WRONG,
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_earns_nothing(name: str, tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums=CHEATS[name], exercises=frozenset({"1.1.1"}))
    earned = {f"{i.exercise}/{i.item}" for i in score.items if i.earned}
    assert earned <= {"1.1.1/inputs"}, statuses(score)  # whoever returns anything does leave its input alone
    assert not score.grader_errors
