"""`--watch`: real files, real saves, a real worker; only what a save touched is judged again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import TINY, submission

from grader.course import Course
from grader.launch import Launcher
from grader.model import Score, Status
from grader.watch import Saved, changed_names, touched_items, watch

RIGHT = (
    "import torch\n\n\ndef total(x):\n    return x.sum()\n\n\ndef mean(x):\n    return total(x) / len(x)\n"
)
MODULE = "\n\ndef make_scaler(k):\n    return None\n"


def touched(course: Course, before: str, after: str) -> list[str]:
    old, new = (submission(course, s01_sums=text) for text in (before, after))
    return [f"{e}/{i}" for e, i in touched_items(old, new, course.rubric, None)]


def test_layout_and_comments_touch_nothing(tiny: Course) -> None:
    assert touched(tiny, RIGHT, RIGHT.replace("def total(x):", "def total( x ):  # mine\n")) == []


def test_a_function_touches_its_items_and_those_that_use_it(tiny: Course) -> None:
    changed = RIGHT.replace("x.sum()", "x.sum() + 1")
    assert touched(tiny, RIGHT + MODULE, changed + MODULE) == ["1.1.1/total", "1.1.1/inputs", "1.1.1/mean"]
    assert touched(tiny, RIGHT + MODULE, RIGHT + MODULE.replace("None", "1")) == ["1.1.2/scaler"]
    assert touched(tiny, RIGHT, RIGHT.replace("total(x) /", "x.sum() /")) == ["1.1.1/mean"]


def test_a_helper_touches_what_uses_it(tiny: Course) -> None:
    helped = RIGHT.replace("return x.sum()", "return helper(x)")
    before, after = (
        f"def helper(x):\n    return {text}\n\n\n{helped}" for text in ("x.sum()", "x.sum() * 2")
    )
    assert touched(tiny, before, after) == ["1.1.1/total", "1.1.1/inputs", "1.1.1/mean"]


def test_an_import_touches_everything_that_sees_the_file(tiny: Course) -> None:
    assert len(touched(tiny, RIGHT, "import math\n" + RIGHT)) == 4


def test_an_alias_is_its_function(tiny: Course) -> None:
    renamed = RIGHT.replace("total", "sum_up")
    assert "1.1.1/total" in touched(tiny, renamed, renamed.replace("x.sum()", "x.sum() - 1"))
    old, new = (submission(tiny, s01_sums=t) for t in (RIGHT, renamed))
    assert changed_names(old, new) == {"total", "sum_up", "mean"}


class Script:
    """Saves one version of a file after the other, each when the one before is judged."""

    def __init__(self, path: Path, versions: list[str]) -> None:
        self.path, self.versions = path, iter(versions)
        self.stop = threading.Event()
        self.seen: list[object] = []

    def first(self, score: Score) -> None:
        self.seen.append(score)
        self._save()

    def saved(self, saved: Saved) -> None:
        self.seen.append(saved)
        if saved.done:
            self._save()

    def broken(self, message: str) -> None:
        self.seen.append(message)
        self._save()

    def _save(self) -> None:
        text = next(self.versions, None)
        if text is None:
            self.stop.set()
        else:  # as editors do it: a new file in the place of the old one
            other = self.path.with_suffix(".tmp")
            other.write_text(text)
            other.replace(self.path)


@pytest.fixture
def followed(tiny: Course, launcher: Launcher, tmp_path: Path) -> Callable[..., list[object]]:
    def run(*versions: str) -> list[object]:
        path = tmp_path / "s01_sums.py"
        path.write_text(versions[0])
        script = Script(path, list(versions[1:]))
        watch(tmp_path, tiny, launcher, exercises=None, first=script.first, saved=script.saved,
              broken=script.broken, stop=script.stop)  # fmt: skip
        return script.seen

    return run


def status(score: Score, exercise: str, item: str) -> Status | None:
    return next(i.status for i in score.items if (i.exercise, i.item) == (exercise, item))


def test_saves_are_judged_one_after_the_other(followed: Callable[..., list[object]]) -> None:
    wrong = RIGHT.replace("x.sum()", "x.sum() + 1")
    spoiled = RIGHT.replace("len(x)", "2")
    first, *rest = followed(*(text + MODULE for text in (wrong, RIGHT, spoiled, spoiled + "# a comment")))
    assert isinstance(first, Score)
    assert status(first, "1.1.1", "total") is Status.FAILED
    assert status(first, "1.1.1", "mean") is Status.SKIPPED
    repaired = [s for s in rest if isinstance(s, Saved)]
    assert repaired[0].items == (("1.1.1", "total"),), "what was lost and is being mended comes first, alone"
    assert status(repaired[0].score, "1.1.1", "total") is Status.PASSED
    last = repaired[-1].score
    assert status(last, "1.1.1", "mean") is Status.FAILED
    assert status(last, "1.1.1", "total") is Status.PASSED
    assert status(last, "1.1.2", "scaler") is Status.FAILED, "untouched, as it was"
    assert all(("1.1.2", "scaler") not in s.items for s in repaired)
    assert rest[-1] == "", "a comment changes nothing"


def test_a_save_that_is_no_python_is_survived(followed: Callable[..., list[object]]) -> None:
    broken = RIGHT.replace("return x.sum()", "return x.sum(")
    *_, last = [s for s in followed(RIGHT, broken, RIGHT) if isinstance(s, Saved)]
    assert status(last.score, "1.1.1", "total") is Status.PASSED


@pytest.mark.slow
def test_the_command_follows_saves_until_ctrl_c(tmp_path: Path) -> None:
    path = tmp_path / "s01_sums.py"
    path.write_text(RIGHT.replace("x.sum()", "0 * x.sum()"))
    command = [
        sys.executable,
        "-u",
        "-m",
        "grader.cli",
        str(tmp_path),
        "--watch",
        "--course",
        str(TINY),
        "-e",
        "1.1.1",
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "80"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        lines = _reader(process)
        assert _until(lines, "Ctrl-C ends")
        path.write_text(RIGHT)
        assert _until(lines, r"5 of 6 points confirmed")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def _reader(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


def _until(lines: Iterator[str], pattern: str) -> bool:
    end = time.monotonic() + 60
    return any(re.search(pattern, line) for line in lines if time.monotonic() < end)
