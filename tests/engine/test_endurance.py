"""What a class must survive: kill -9 at any moment, a full disk, and a tenth of the submissions broken in some way.

GRADE_KILLS=20 pytest tests/engine/test_endurance.py kills as often as that; a few times otherwise.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from test_batch import HANGS, RIGHT, WRONG, batch, command, contents, table

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("GRADE_KILLS", "3"))


def make_class(folder: Path, count: int) -> Path:
    sources = (RIGHT, WRONG, RIGHT.replace("x.sum()", "x[1:].sum()"), "")
    for number in range(count):
        student = folder / f"s{number:03}"
        student.mkdir(parents=True)
        (student / "s01_sums.py").write_text(f"{sources[number % 4]}# {number}\n")
    return folder


def marked(mark: str) -> list[int]:
    """Processes that were started from one with this mark in its environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_kill_at_random_moments(tmp_path: Path) -> None:
    """However often it is killed, in the end the results are those of a run that was left alone."""
    folder = make_class(tmp_path / "class", 24)
    began = time.monotonic()
    assert batch(folder, tmp_path / "whole").returncode == 0
    whole = time.monotonic() - began
    chance, mark = random.Random(7), uuid.uuid4().hex
    for _ in range(KILLS):
        process = subprocess.Popen(
            command(folder, tmp_path / "out"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "MARK": mark},
        )  # fmt: skip
        time.sleep(chance.uniform(0, whole))
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 20
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert marked(mark) == []
    assert batch(folder, tmp_path / "out").returncode == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_full_disk(tmp_path: Path) -> None:
    """A gradebook that cannot grow ends the batch with a message; with room again it goes on where it was."""
    folder = make_class(tmp_path / "class", 12)
    limit = 220_000

    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    full = subprocess.run(
        command(folder, tmp_path / "out"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=no_large_files,
    )
    assert full.returncode == 2, full.stderr
    assert "the gradebook cannot be used" in full.stderr
    assert "Traceback" not in full.stderr
    kept = set(table(tmp_path / "out"))
    assert 0 < len(kept) < 12
    assert batch(folder, tmp_path / "out").returncode == 0
    batch(folder, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


BAD = {
    "hangs": (HANGS, "graded", "0"),
    "hangs on import": ("while True: pass\n" + RIGHT, "graded", "0"),
    "ends": ("import os\ndef total(x): os._exit(1)\ndef mean(x): return x.mean()\n", "graded", "2"),
    "crashes": (
        "import ctypes\ndef total(x): ctypes.string_at(0)\ndef mean(x): return x.mean()\n",
        "graded",
        "2",
    ),
    "fills memory": (
        "def total(x): return bytearray(1 << 50)\ndef mean(x): return x.mean()\n",
        "graded",
        "0",
    ),
    "recurses": ("def total(x): return total(x)\ndef mean(x): return x.mean()\n", "graded", "2"),
    "floods": (
        "def total(x):\n    print('x' * 10**7)\n    return x.sum()\ndef mean(x): return x.mean()\n",
        "graded",
        "5",
    ),
    "no Python": ("def total(x) return\nthis is an essay\n", "graded", "0"),
    "no notebook": ('{"cells": [', "unusable", ""),
    "nothing": (None, "unusable", ""),
}


def test_a_class_of_two_hundred_with_a_tenth_broken(tmp_path: Path) -> None:
    """Every status is right, and nobody pays for another."""
    folder, wanted = tmp_path / "class", {}
    for number in range(200):
        name = f"s{number:03}"
        source, status, points = (RIGHT, "graded", "5") if number % 2 else (WRONG, "graded", "1")
        if number % 10 == 3:
            source, status, points = BAD[list(BAD)[number // 10 % len(BAD)]]
        wanted[name] = (status, points)
        (folder / name).mkdir(parents=True)
        suffix = "ipynb" if status == "unusable" else "py"
        if source is not None:
            text = source if suffix == "ipynb" else f"{source}# {number}\n"
            (folder / name / f"s01_sums.{suffix}").write_text(text)
    done = subprocess.run(
        command(folder, tmp_path / "out", "-e", "1.1.1"),
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {name: (row["status"], row["1.1.1"]) for name, row in table(tmp_path / "out").items()}
    assert {n: (found[n], w) for n, w in wanted.items() if found[n] != w} == {}
    assert len(list((tmp_path / "out" / "students").glob("*.json"))) == 196
