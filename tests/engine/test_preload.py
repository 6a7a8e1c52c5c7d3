"""What workers are forked with: torch and torchvision without torch's compiler, until a fork has needed it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from grader.host import WorkerSubject
from grader.launch import Launcher, SpawnLauncher, new_launcher
from grader.model import Cell, Submission, Unit
from grader.subject import Student

COMPILER = "torch._dynamo"

SOURCE = """
import sys
import torch

def has_compiler(): return "torch._dynamo" in sys.modules
def step():
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(net.parameters(), 0.1)
    net(torch.ones(1, 2)).sum().backward()
    before = net.weight.detach().clone()
    optimizer.step()
    return (net.weight - before).abs().max().item()
def has_sympy(): return "sympy" in sys.modules
def power(x):
    import sympy
    return x ** -0.5
def newer_transforms(image):
    from torchvision.transforms import v2
    return v2.functional.horizontal_flip(image)
def compiled(x): return torch.compile(lambda y: y + 1)(x)
def regions():
    from torchvision.ops import roi_align
    return roi_align(torch.ones(1, 1, 4, 4), [torch.tensor([[0.0, 0.0, 2.0, 2.0]])], 1).item()
"""

AFTERWARDS = f"""
import sys
from grader.worker.preload import warm_up
warm_up()
assert "torchvision" in sys.modules and "{COMPILER}" not in sys.modules, "left out"
import torch, torchvision
from torchvision.ops import roi_align
import importlib
supported = importlib.import_module("torchvision.ops.roi_align").is_compile_supported("cpu")
import torch._dynamo.utils
assert supported == torch._dynamo.utils.is_compile_supported("cpu")
assert torch._dynamo.config.suppress_errors in (True, False)
print("done")
"""

ASKED_FOR_MORE = f"""
import sys
from grader.worker.preload import _compiler_left_out
with _compiler_left_out():
    from torch._dynamo.utils import is_compile_supported
    assert not hasattr(sys.modules["{COMPILER}"], "__file__"), "a stand-in"
    from torch._dynamo import config
assert sys.modules["{COMPILER}"].config is config and hasattr(sys.modules["{COMPILER}"], "__file__")
print("done")
"""


@pytest.mark.parametrize("program", [AFTERWARDS, ASKED_FOR_MORE], ids=["afterwards", "asked for more"])
def test_the_compiler_is_left_out_until_it_is_needed(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "done", done.stderr[-2000:]


def _student(launcher: Launcher) -> tuple[WorkerSubject, Student]:
    made = Submission("ada", (Unit("answers", "answers.py", (Cell("answers.py", SOURCE),)),))
    subject = WorkerSubject(made, launcher)
    subject.begin_check(120)
    return subject, Student(subject)


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked here")
@pytest.mark.parametrize("level", [3, 1])
def test_forks_have_the_compiler_once_one_of_them_needed_it(level: int) -> None:
    launcher = new_launcher(level=level)
    try:
        seen = []
        for _ in range(2):
            subject, student = _student(launcher)
            seen.append((student.has_sympy(), student.has_compiler()))
            assert torch.equal(student.power(torch.tensor([4.0, 0.25])), torch.tensor([0.5, 2.0]))
            assert student.has_sympy()
            assert student.has_compiler() is seen[-1][1], "an operation needs no compiler"
            assert student.step() == pytest.approx(0.1, rel=1e-3)
            assert student.has_compiler()
            subject.close()
        assert seen == [(False, False), (True, True)]
    finally:
        launcher.close()


def test_all_else_that_may_need_it_works() -> None:
    for launcher in (new_launcher(), SpawnLauncher()):
        try:
            subject, student = _student(launcher)
            image = torch.arange(6.0).reshape(1, 2, 3)
            assert torch.equal(student.newer_transforms(image), image.flip(-1))
            assert torch.equal(student.compiled(image), image + 1)
            assert student.regions() == 1
            subject.close()
        finally:
            launcher.close()
