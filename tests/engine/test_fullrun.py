"""Whole notebooks on real kernels: every cell runs, nothing of the file but its cells is believed, nothing stays."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest

from grader.dialogue import WorkerLimits
from grader.errors import Crashed, Died, TimedOut
from grader.fullrun import KernelSubject, NotebookLimits
from grader.model import Cell, Submission, Unit
from grader.subject import Place, Student
from grader.worker.tree import tree

pytestmark = pytest.mark.slow


def notebook(module, *cells, metadata=None):
    """A unit of code cells; a pair is (source, exercise)."""
    pairs = [c if isinstance(c, tuple) else (c, None) for c in cells]
    content = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": s, "outputs": [], "execution_count": None}
            for s, _ in pairs
        ],
        "metadata": metadata or {},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    read = tuple(Cell(f"cell {i}", s, e) for i, (s, e) in enumerate(pairs, 1))
    return Unit(module, f"{module}.ipynb", read, notebook=json.dumps(content).encode())


@pytest.fixture
def opened(launcher):
    """Opens subjects and ends them."""
    subjects = []

    def open_subject(*units, **limits):
        limits = NotebookLimits(**{"cell_seconds": 60, **limits})
        subject = KernelSubject(Submission("ada", units), launcher, WorkerLimits(call_seconds=2), limits)
        subjects.append(subject)
        return subject

    yield open_subject
    for subject in subjects:
        subject.close()


def student(subject, module="s04", exercise=None):
    return Student(subject, Place(module, exercise))


def remarks(subject):
    return {r.where: r.message for r in subject.remarks}


ALONG_THE_BOOK = notebook(
    "s04",
    "%matplotlib inline\nimport torch\nfrom d2l import torch as d2l",
    "def twice(x):\n    return 2 * x",
    "%time twice(3)\n!echo from the shell",
    "table = {}\nfor i in range(4):\n    table[i] = twice(i)",
    "raise ValueError('a slip\\nof the pen')",
    ("def looked_up(i):\n    print('asked')\n    return table[i]", "13.4.1"),
    "import time\nwhile True:\n    time.sleep(0.1)",
    "def later(x):\n    return x + float(torch.ones(1))",
    "def looked_up(i):\n    return None",
)


def test_a_notebook_along_the_book(opened):
    subject = opened(ALONG_THE_BOOK, cell_seconds=8)
    asked = student(subject, exercise="13.4.1")
    assert asked.looked_up(3) == 6  # state of a loop; the exercise's own cell wins over a later one
    assert "asked" in subject.output()
    assert student(subject).later(1) == 2
    assert remarks(subject) == {
        "s04.ipynb, cell 5": "ValueError: a slip",
        "s04.ipynb, cell 7": "interrupted after 8 s",
        "d2l": "not installed here; the grader's small stand-in with the chapter's helpers is used",
    }
    executed = json.loads(subject.executed["s04.ipynb"])
    assert "from the shell" in json.dumps(executed["cells"][2]["outputs"])
    assert executed["cells"][4]["outputs"][-1]["ename"] == "ValueError"


def test_notebooks_and_files_have_namespaces_of_their_own_and_know_the_files(opened):
    first = notebook("s03", "from shapes import side\nmine = 's03'\ndef area():\n    return side() ** 2")
    second = notebook("s04", "mine = mine if 'mine' in globals() else 's04'\ndef whose():\n    return mine")
    file = Unit("shapes", "shapes.py", (Cell("shapes.py", "def side():\n    return 3\n1 / 0"),))
    subject = opened(first, second, file)
    assert student(subject, "s03").area() == 9
    assert student(subject, "s04").whose() == "s04"
    assert student(subject, "s04").side() == 3
    assert remarks(subject)["shapes.py"].startswith("ZeroDivisionError")


def test_a_fault_names_the_cell(opened):
    subject = opened(notebook("s04", "x = 1", "def f():\n    raise KeyError('k')"))
    with pytest.raises(Crashed) as caught:
        student(subject).f()
    assert caught.value.trace == ("cell 2:2 in f: raise KeyError('k')",)


def test_cells_that_kill_the_kernel_or_cannot_be_interrupted_are_left_out(opened):
    stubborn = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    subject = opened(
        notebook("s04", "import os\nos._exit(0)", stubborn, "def f():\n    return 1"), cell_seconds=2
    )
    assert student(subject).f() == 1
    assert remarks(subject) == {
        "s04.ipynb, cell 1": "left out: it ended the process",
        "s04.ipynb, cell 2": "left out: still running after 2 s, and it could not be interrupted",
    }


def test_a_notebook_that_always_kills_its_kernel_is_run_four_times(opened, monkeypatch):
    subject = opened(notebook("s04", "def f():\n    import os\n    os._exit(3)", "def g(): return 1"))
    monkeypatch.setattr("grader.fullrun.RESTARTS", 1)
    for _ in range(2):
        with pytest.raises(Died, match="exit code 3"):
            student(subject).f()
    with pytest.raises(Died, match="run 2 times"):
        student(subject).g()


def test_a_call_that_hangs_costs_that_call(opened):
    subject = opened(notebook("s04", "n = 0\ndef hang():\n    while True: pass", "def f(): return 1"))
    subject.begin_check(60)
    with pytest.raises(TimedOut):
        student(subject).hang()
    assert student(subject).f() == 1


def test_nothing_in_the_metadata_chooses_what_runs(opened, tmp_path):
    trap = tmp_path / "executed"
    spec = {"argv": ["touch", str(trap)], "name": str(tmp_path), "display_name": "x", "language": "bash"}
    subject = opened(notebook("s04", "def f(): return 1", metadata={"kernelspec": spec, "widgets": {"a": 1}}))
    assert student(subject).f() == 1
    assert not trap.exists()


def test_nothing_stays(opened, launcher):
    source = """
import os, subprocess
plain = subprocess.Popen(["sleep", "1000"])
daemon = subprocess.Popen(["sleep", "1000"], start_new_session=True)
open("mine", "w").write("x")
def where(): return os.getcwd()
"""
    subject = opened(notebook("s04", source))
    folder = Path(student(subject).where())
    pids = list(tree(subject._worker.pid))
    assert len(pids) >= 3
    assert len(list(launcher.work.iterdir())) == (1 if launcher.level == 3 else 2)
    subject.close()
    assert not folder.exists()
    assert list(launcher.work.iterdir()) == []
    assert [p for p in pids if Path(f"/proc/{p}").exists()] == []


def test_nothing_of_the_environment_arrives(opened, monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    subject = opened(
        notebook("s04", "import os\nseen = dict(os.environ)\ndef f(): return 'COURSE_TOKEN' in seen")
    )
    assert student(subject).f() is False


def test_ctrl_c_ends_the_kernel(opened, launcher):
    subject = opened(notebook("s04", "import time\ntime.sleep(500)"))
    threading.Timer(8, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT]).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        subject.start()
    subject.close()
    assert time.monotonic() - began < 30
    assert list(launcher.work.iterdir()) == []


def test_a_flood_of_output_is_cut(opened):
    subject = opened(notebook("s04", "for _ in range(300):\n    print('x' * 100_000)", "def f(): return 1"))
    assert student(subject).f() == 1
    assert len(subject.executed["s04.ipynb"]) < 10_000_000
