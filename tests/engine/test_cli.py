"""The command as a user runs it: a real process, real files, exit codes, and no traceback for a user's mistake."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import TINY
from nbformat import v4

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
WRONG = "def total(x): return x.sum() + 1\n"


def grade(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", *map(str, arguments)]
    env = {**os.environ, "COLUMNS": "100", **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return grade("run", *arguments, "--course", TINY)


@pytest.fixture
def right(tmp_path: Path) -> Path:
    (tmp_path / "s01_sums.py").write_text(RIGHT)
    return tmp_path


def test_right_code_exits_with_0_and_writes_json(right: Path) -> None:
    done = grade(right, "-e", "2.1.1", "--course", TINY, "--json", right / "out" / "result.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 of 6 points confirmed" in done.stdout
    data = json.loads((right / "out" / "result.json").read_text())
    assert data["points"] == {"confirmed": 5.0, "provisional": 5.0, "possible": 6.0}


def test_lost_points_exit_with_1_and_are_explained(tmp_path: Path) -> None:
    (tmp_path / "s01_sums.py").write_text(WRONG)
    done = run(tmp_path)
    assert done.returncode == 1
    for part in ("total adds up all elements.", "came back", "wanted", "hint", "Not attempted yet", "1.1.2"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout


def test_on_github_a_students_text_gives_no_commands_and_gradescope_gets_its_file(tmp_path: Path) -> None:
    (tmp_path / "s01_sums.py").write_text("def total(x): raise ValueError('\\n::error::forged')\n")
    found, results = tmp_path / "result.json", tmp_path / "results.json"
    arguments = ("-e", "1.1", "--course", TINY, "--json", found, "--gradescope", results)
    done = grade("run", tmp_path, *arguments, GITHUB_ACTIONS="true")
    lines = done.stdout.splitlines()
    stop = next(i for i, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].removeprefix("::stop-commands::")
    commands = [i for i, line in enumerate(lines) if line.lstrip().startswith("::") and i != stop]
    assert lines[commands[-1]] == f"::{token}::"
    assert all(stop < i for i in commands)
    assert any("forged" in lines[i] for i in commands)
    assert json.loads(results.read_text())["extra_data"]["grader"]["unfinished"] is False
    exported = grade("export", "junit", found, "--course", TINY, "--out", tmp_path / "junit.xml")
    assert exported.returncode == 0, exported.stderr
    assert "s01_sums.py" in (tmp_path / "junit.xml").read_text()
    refused = grade("export", "moodle", found, "--course", TINY)
    assert refused.returncode == 2
    assert "--into" in refused.stderr


@pytest.mark.slow
def test_chinese(tmp_path: Path) -> None:
    (tmp_path / "s01_sums.py").write_text(WRONG)
    done = grade("run", tmp_path, "--lang", "zh", "--course", TINY)
    assert "求和" in done.stdout
    assert "加起来" in done.stdout


@pytest.mark.slow
def test_a_students_text_cannot_redraw_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "s01_sums.py").write_text("def total(x): raise ValueError('\\x1b[2J\\u202e\\x07')\n")
    done = run(tmp_path)
    assert "\x1b" not in done.stdout
    assert "\\x1b[2J" in done.stdout


@pytest.mark.slow
def test_a_notebook(tmp_path: Path) -> None:
    cells = [v4.new_markdown_cell("# 1.1 Sums"), v4.new_code_cell("%matplotlib inline\nimport torch"),
             v4.new_code_cell(RIGHT), v4.new_code_cell("total(torch.ones(3)) / 0 + nonsense"),
             v4.new_code_cell("and here I explain what I did"), v4.new_code_cell("while True: pass")]  # fmt: skip
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "sums.ipynb")
    done = run(tmp_path / "sums.ipynb", "-e", "1.1.1")
    assert done.returncode == 0, done.stdout
    assert "5 of 6 points confirmed" in done.stdout


# -- bad input: a clear message, exit code 2


def _refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr.replace("\n", " ")


def test_a_missing_folder(tmp_path: Path) -> None:
    _refused(run(tmp_path / "nothing"), "no such file or folder", "grade init")


def test_an_empty_folder(tmp_path: Path) -> None:
    _refused(run(tmp_path), "nothing to grade", "grade init")


def test_not_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{")
    _refused(run(tmp_path / "a.ipynb"), "a.ipynb", "notebook")


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    _refused(run(tmp_path / "a.txt"), "wanted a folder")


def test_an_unknown_exercise(right: Path) -> None:
    _refused(run(right, "-e", "1.1.9"), "1.1.9", "grade list")


def test_an_unknown_course(right: Path) -> None:
    _refused(grade("run", right, "--course", right), "rubric.yaml")


def test_an_unwritable_result(right: Path) -> None:
    (right / "file").write_text("")
    _refused(run(right, "-e", "1.1.2", "--json", right / "file" / "x.json"), "cannot be written")


def test_a_broken_rubric_names_file_and_line(tmp_path: Path, right: Path) -> None:
    text = (TINY / "rubric.yaml").read_text()
    text = text.replace(
        "            points: 1\n            functions", "            points: none\n            functions"
    )
    (tmp_path / "rubric.yaml").write_text(text)
    _refused(grade("list", "--course", tmp_path), "rubric.yaml:", "points")


def test_an_unreadable_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 broken")
    _refused(run(tmp_path / "a.zip"), "not a readable zip")


def test_an_archive_that_points_outside(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.py", "x = 1")
    _refused(run(tmp_path / "a.zip"), "points outside")


def test_an_archive_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"s{number}.py", b"0" * 49_000_000)
    _refused(run(tmp_path / "a.zip"), "more than the 200 MB")


def test_init_writes_the_template_and_keeps_what_is_there(tmp_path: Path) -> None:
    assert grade("init", tmp_path / "work", "--course", TINY).returncode == 0
    (tmp_path / "work" / "s01_sums.py").write_text(RIGHT)
    again = grade("init", tmp_path / "work", "--course", TINY)
    assert "stay as they are" in again.stdout
    assert (tmp_path / "work" / "s01_sums.py").read_text() == RIGHT


def test_help_names_the_commands() -> None:
    done = grade("--help")
    assert done.returncode == 0
    for command in ("init", "batch", "verify", "list"):
        assert command in done.stdout


# -- a class


@pytest.fixture
def students(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    sources = {
        "ada": RIGHT,
        "bo": WRONG,
        "hang": "def total(x):\n    while True: pass\ndef mean(x): return x.mean()\n",
        "crash": "import os\ndef total(x): os._exit(1)\ndef mean(x): return x.mean()\n",
        "=cmd|' calc'!A0": RIGHT,
        "陈": RIGHT,
    }
    for name, source in sources.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "s01_sums.py").write_text(source)
    (folder / "broken.ipynb").write_text('{"cells": [')
    (folder / "empty").mkdir()
    with zipfile.ZipFile(folder / "zip.zip", "w") as archive:
        archive.writestr("work/s01_sums.py", RIGHT)
    return folder


def _table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8") as f:
        return {row["student"]: row for row in csv.DictReader(f)}


@pytest.mark.slow
def test_a_class(students: Path, tmp_path: Path) -> None:
    """A broken, hanging or crashing submission costs only itself, and what could not be graded is not a zero."""
    done = grade("batch", students, "--out", tmp_path / "out", "-e", "1.1.1", "--course", TINY)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {name: (row["status"], row["1.1.1"]) for name, row in _table(tmp_path / "out").items()}
    assert found == {
        "ada": ("graded", "5"),
        "bo": ("graded", "1"),
        "hang": ("graded", "0"),
        "crash": ("graded", "2"),
        "'=cmd|' calc'!A0": ("graded", "5"),
        "陈": ("graded", "5"),
        "zip": ("graded", "5"),
        "broken": ("unusable", ""),
        "empty": ("unusable", ""),
    }
    assert len(list((tmp_path / "out" / "students").glob("*.json"))) == 7


def test_two_submissions_of_one_name(students: Path, tmp_path: Path) -> None:
    (students / "ada.ipynb").write_text("{}")
    done = grade("batch", students, "--out", tmp_path / "out", "--course", TINY)
    _refused(done, "both submissions of 'ada'")
    assert not (tmp_path / "out").exists()


def test_an_unwritable_out(students: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _refused(grade("batch", students, "--out", tmp_path / "file", "--course", TINY), "cannot be written")


def test_an_empty_class(tmp_path: Path) -> None:
    _refused(grade("batch", tmp_path, "--out", tmp_path / "out", "--course", TINY), "no submissions")


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    for number in range(40):
        (folder / f"s{number:02}").mkdir(parents=True)
        (folder / f"s{number:02}" / "s01_sums.py").write_text(RIGHT)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "grader.cli", "batch", folder, "--out", out, "--course", TINY]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    finished = 0
    for _ in range(600):
        finished = len(list((out / "students").glob("*.json"))) if (out / "students").exists() else 0
        if finished >= 2:
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    rows = _table(out)
    assert 2 <= len(rows) < 40
    for path in (out / "students").glob("*.json"):
        json.loads(path.read_text())
    assert not list(out.rglob(".*"))
