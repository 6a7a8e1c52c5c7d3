"""How long it takes until something answers, and how much memory a worker has for itself."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from made import ROOT, made_class

from grader.course import Course
from grader.fullrun import KernelSubject
from grader.host import WorkerSubject
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.model import Submission

TIMES = 12


def table(folder: Path) -> list[str]:
    folder.mkdir()
    (notebook,) = made_class(1)
    whole, small = folder / "whole.ipynb", folder / "small.ipynb"
    whole.write_text(notebook.as_ipynb(), encoding="utf-8")
    cells = [nbformat.v4.new_markdown_cell("## 13.4.2"), nbformat.v4.new_code_cell(notebook.cells["13.4.2"])]
    small.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    course = Course(ROOT)
    launcher = new_launcher([course.root])
    try:
        start, memory = _workers(load_submission(whole, course.rubric), launcher)
        kernel = _kernels(load_submission(small, course.rubric, run="full"), launcher)
    finally:
        launcher.close()
    first = _first_result(small)
    return [
        "",
        "| | measured | goal |",
        "|---|---|---|",
        f"| a worker answers (median of {TIMES}) | {start * 1000:.0f} ms | 30 ms |",
        f"| memory of its own | {memory / 1e6:.0f} MB | 150 MB |",
        f"| a small notebook ran in full on a kernel (median of {TIMES}) | {kernel:.2f} s | 0.9 s |",
        f"| `grade small.ipynb -e 13.4.2`, everything cold | {first:.1f} s | 4 s |",
    ]


def _workers(submission: Submission, launcher: Launcher) -> tuple[float, float]:
    """(seconds until a worker that has run nothing answers, bytes that it shares with nobody)."""
    seconds, memory = [], []
    for _ in range(TIMES):
        subject = WorkerSubject(submission, launcher)
        began = time.monotonic()
        worker = subject._launched()
        worker.ask({"op": "release"}, b"", began + 60)
        seconds.append(time.monotonic() - began)
        subject.start()
        memory.append(_private(worker.pid))
        subject.close()
    return statistics.median(seconds[1:]), statistics.median(memory)


def _private(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Private_"))


def _kernels(submission: Submission, launcher: Launcher) -> float:
    seconds = []
    for _ in range(TIMES):
        subject = KernelSubject(submission, launcher)
        began = time.monotonic()
        subject.start()
        seconds.append(time.monotonic() - began)
        subject.close()
    return statistics.median(seconds[1:])


def _first_result(path: Path) -> float:
    command = [sys.executable, "-m", "grader.cli", str(path), "-e", "13.4.2", "--quiet"]
    began = time.monotonic()
    subprocess.run(command, capture_output=True, check=False, env={**os.environ, "COLUMNS": "100"})
    return time.monotonic() - began
