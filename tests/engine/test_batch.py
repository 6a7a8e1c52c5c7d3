"""A class, end to end with the real command: nothing twice, nothing lost."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import REPOSITORY, TINY

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
WRONG = "def total(x): return x.sum() + 1\n"
HANGS = "def total(x):\n    while True: pass\ndef mean(x): return x.mean()\n"


def command(folder: Path, out: Path, *arguments: object, course: Path = TINY) -> list[str]:
    start = [sys.executable, "-m", "grader.cli", "batch"]
    return [*start, *map(str, (folder, "--out", out, "--course", course, "-j", 2, *arguments))]


def batch(
    folder: Path, out: Path, *arguments: object, course: Path = TINY
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(folder, out, *arguments, course=course),
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8") as f:
        return {row["student"]: row for row in csv.DictReader(f)}


def examined(done: subprocess.CompletedProcess[str]) -> set[str]:
    """Students whose submissions were run."""
    return {line.split("] ")[1].split(":")[0] for line in done.stderr.splitlines() if line.startswith("[")}


@pytest.fixture
def students(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    for name, source in {"ada": RIGHT, "bo": WRONG, "cy": ""}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "s01_sums.py").write_text(source)
    return folder


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "course"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(out: Path) -> dict[str, str]:
    """Every file of the results but logs and the gradebook, without times."""
    found = {}
    for path in sorted([*out.glob("*.*"), *out.glob("students/**/*.*")]):
        if path.suffix in (".csv", ".json"):
            data = json.loads(path.read_text()) if path.suffix == ".json" else path.read_text()
            found[str(path.relative_to(out))] = json.dumps(_timeless(data), ensure_ascii=False)
    return found


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in ("seconds", "graded_at")}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_nothing_is_examined_twice(students: Path, tmp_path: Path, course: Path) -> None:
    out = tmp_path / "out"
    first = batch(students, out, course=course)
    assert examined(first) == {"ada", "bo", "cy"}
    assert {n: r["confirmed"] for n, r in table(out).items()} == {"ada": "5", "bo": "1", "cy": "0"}
    before = contents(out)
    files = {p: p.stat().st_mtime_ns for p in out.glob("students/*")}

    again = batch(students, out, course=course)
    assert examined(again) == set()
    assert "3 as they were" in again.stderr
    assert contents(out) == before
    assert {p: p.stat().st_mtime_ns for p in out.glob("students/*")} == files

    edit(
        course / "rubric.yaml",
        "points: 2\n            functions: [total]",
        "points: 20\n            functions: [total]",
    )
    points = batch(students, out, course=course)
    assert examined(points) == set()
    assert table(out)["ada"]["confirmed"] == "23"

    (students / "bo" / "s01_sums.py").write_text(RIGHT + "# mended")
    resubmitted = batch(students, out, course=course)
    assert examined(resubmitted) == {"bo"}
    assert "0 examined" not in resubmitted.stderr
    assert table(out)["bo"]["confirmed"] == "23"
    assert (out / "logs" / "bo.log").read_text().startswith("bo  ")


@pytest.mark.slow
def test_nothing_stale_is_told(students: Path, tmp_path: Path, course: Path) -> None:
    """What is in the gradebook counts only for just these files, and what lies in the results not at all."""
    out = tmp_path / "out"
    batch(students, out, course=course)
    before = contents(out)

    again = batch(
        students, tmp_path / "anew", "--gradebook", f"sqlite:///{out}/gradebook.sqlite", course=course
    )
    assert examined(again) == set()
    for path in (out / "students").iterdir():
        assert path.read_bytes() == (tmp_path / "anew" / "students" / path.name).read_bytes()

    ada = out / "students" / "ada.json"
    text = ada.read_text()
    ada.write_text(text.replace("5.0", "6.0"))
    (out / "students" / "bo.json").unlink()
    assert examined(batch(students, out, course=course)) == set()
    assert contents(out) == before
    assert ada.read_text() == text

    path = students / "ada" / "s01_sums.py"
    was = path.stat()
    path.write_text(RIGHT.replace("return x.sum()\n", "return x.max()\n"))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (was.st_size, was.st_mtime_ns)
    assert examined(batch(students, out, course=course)) == {"ada"}
    assert table(out)["ada"]["confirmed"] == "3"

    edit(course / "rubric.yaml", "any: [undefined", "any: [nothing")
    (students / "bo" / "s01_sums.py").write_text(WRONG + "answer_1_1_1 = 'It is nothing.'\n")
    assert examined(batch(students, out, course=course)) == {"bo"}
    assert (table(out)["bo"]["confirmed"], table(out)["bo"]["provisional"]) == ("1", "2")
    edit(course / "rubric.yaml", "any: [nothing", "any: [undefined")
    assert examined(batch(students, out, course=course)) == set()
    assert table(out)["bo"]["provisional"] == "1"
    edit(course / "rubric.yaml", "  chapter:", "  show: nothing\n  chapter:")
    assert '"counterexample"' in ada.read_text()
    batch(students, out, course=course)
    assert '"counterexample"' not in ada.read_text()

    shutil.rmtree(students / "cy")
    (students / "bo" / "s01_sums.py").unlink()
    batch(students, out, course=course)
    assert {n: r["status"] for n, r in table(out).items()} == {"ada": "graded", "bo": "unusable"}
    assert not (out / "students" / "bo.json").exists()


@pytest.mark.slow
def test_a_changed_check_examines_its_exercise_again(students: Path, tmp_path: Path, course: Path) -> None:
    out = tmp_path / "out"
    batch(students, out, course=course)
    edit(course / "tests/exercises/test_s01_sums.py", "make_scaler(3.0)", "make_scaler(2.0)")
    done = batch(students, out, course=course)
    assert examined(done) == {"ada", "bo", "cy"}
    log = (out / "logs" / "ada.log").read_text()
    assert "as the same code before: 1.1.1" in log
    assert "total_of_a_vector" not in log
    assert "scaler_scales" in log


@pytest.mark.slow
def test_one_exercise_then_all(students: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(students, out, "-e", "1.1.2")
    batch(students, out)
    assert "as the same code before: 1.1.2" in (out / "logs" / "ada.log").read_text()
    assert examined(batch(students, out, "-e", "1.1.2")) == set()
    assert examined(batch(students, out)) == set()
    assert list(table(out)["ada"])[5:8] == ["1.1.1", "1.1.2", "message"]


@pytest.mark.slow
def test_only_and_force(students: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert examined(batch(students, out, "--only", "bo")) == {"bo"}
    assert set(table(out)) == {"bo"}
    batch(students, out)
    assert examined(batch(students, out, "--only", "ada", "--force")) == {"ada"}
    assert set(table(out)) == {"ada", "bo", "cy"}
    refused = batch(students, out, "--only", "zoe")
    assert (refused.returncode, "no submission of that name" in refused.stderr) == (2, True)


@pytest.mark.slow
def test_a_time_out_is_examined_once_more_and_then_believed(students: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (students / "cy" / "s01_sums.py").write_text(HANGS)
    first = batch(students, out, "-e", "1.1.1")
    assert "items: 2 timed_out" in first.stderr
    before = table(out)
    assert examined(batch(students, out, "-e", "1.1.1")) == {"cy"}
    assert examined(batch(students, out, "-e", "1.1.1")) == set()
    assert table(out) == before


@pytest.mark.slow
def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    for number in range(12):
        (folder / f"s{number:02}").mkdir(parents=True)
        source = (RIGHT, WRONG, RIGHT.replace("x.sum()", "x[1:].sum()"))[number % 3]
        (folder / f"s{number:02}" / "s01_sums.py").write_text(f"{source}# {number}\n")
    process = subprocess.Popen(command(folder, out), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 200
    while len(list(out.glob("students/*.json"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = {p.stem for p in out.glob("students/*.json")}
    assert 4 <= len(finished) < 12
    done = batch(folder, out)
    assert len(examined(done)) <= 12 - len(finished)
    batch(folder, tmp_path / "whole")
    assert contents(out) == contents(tmp_path / "whole")


@pytest.mark.slow
def test_two_batches_at_once_are_refused(students: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(command(students, out), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not (out / "gradebook.sqlite").exists():
        time.sleep(0.05)
    refused = batch(students, out)
    assert process.wait(200) == 0
    assert refused.returncode == 2
    assert "another grade batch is at work" in refused.stderr
    assert batch(students, out).returncode == 0


@pytest.mark.slow
def test_a_download_with_late_flags_and_a_roster(tmp_path: Path) -> None:
    download = tmp_path / "submissions.zip"
    with zipfile.ZipFile(download, "w") as archive:
        archive.writestr("byronada_LATE_4711_901_s01_sums-1.py", RIGHT)
        archive.writestr("curiemarie_4712_902_s01_sums.py", WRONG)
    (tmp_path / "roster.csv").write_text(
        'Student,ID,SIS User ID\n"Byron, Ada",4711,a1\n"Noether, Emmy",4713,e1\n'
    )
    done = batch(download, tmp_path / "out", "-e", "1.1.1", "--roster", tmp_path / "roster.csv")
    assert done.returncode == 0, done.stderr
    for said in ("2 submissions (canvas, 1 late, 1 handed in again)", "not in the roster", "Noether, Emmy"):
        assert said in done.stderr
    rows = table(tmp_path / "out")
    ada = rows["a1"]
    assert (ada["status"], ada["late"], ada["attempt"], ada["1.1.1"]) == ("graded", "True", "2", "5")
    assert rows["curiemarie_4712"]["1.1.1"] == "1"
    assert rows["e1"]["status"] == "missing"


IOU = """import torch

def box_iou(boxes1, boxes2):
    low = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)
    areas = [(b[:, 2:] - b[:, :2]).prod(dim=1) for b in (boxes1, boxes2)]
    return shared / (areas[0][:, None] + areas[1] - shared)

def boxes_with_iou(target):
    if not 0 < target <= 1:
        raise ValueError(target)
    return [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, float(target)]
"""
BOXES = """import torch

def box_corner_to_center(boxes):
    a, b = boxes[..., :2], boxes[..., 2:]
    return torch.cat(((a + b) / 2, b - a), dim=-1)

def box_center_to_corner(boxes):
    c, s = boxes[..., :2], boxes[..., 2:]
    return torch.cat((c - s / 2, c + s / 2), dim=-1)
"""


@pytest.mark.slow
def test_equal_code_in_two_notebooks_is_examined_once(tmp_path: Path) -> None:
    swapped = BOXES.replace("b - a", "a - b")
    patched = BOXES.replace("    a, b", "    torch.minimum = torch.maximum\n    a, b")
    handed_in = {
        "ada": [BOXES, IOU],
        "bo": [f"# mine\n{swapped}", "", "import math\nprint(math.pi)", f"# bo's\n{IOU}  # the end"],
        "cy": [BOXES, IOU.replace("areas[1] - shared", "areas[1]")],
        "di": [patched, IOU],
        "ed": ["# Ed\n" + BOXES, IOU],
    }
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    for name, cells in handed_in.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        (folder / f"{name}.ipynb").write_text(nbformat.writes(notebook))
    arguments = ("-e", "13.3.2", "-e", "13.4.2", "-j", 1)
    assert batch(folder, out, *arguments, course=REPOSITORY).returncode == 0
    found = {name: (row["13.3.2"], row["13.4.2"]) for name, row in table(out).items()}
    full = found["ada"]
    assert found["ed"] == full
    assert found["bo"][1] == full[1] > found["cy"][1]
    assert found["cy"][0] == full[0] > found["bo"][0]
    assert found["di"] == full  # what its first exercise does to torch is not felt in the second
    told = {name: (out / "logs" / f"{name}.log").read_text() for name in handed_in}
    same = "as the same code before: "
    assert f"{same}13.4.2\n" in told["bo"]
    assert f"{same}13.3.2\n" in told["cy"]
    assert f"{same}13.4.2\n" in told["di"]
    assert f"{same}13.3.2, 13.4.2\n" in told["ed"]
    assert same not in told["ada"]

    before = contents(out)
    anew = batch(folder, tmp_path / "anew", "--force", *arguments, course=REPOSITORY)
    assert anew.returncode == 0
    assert contents(tmp_path / "anew") == before


@pytest.mark.slow
def test_a_notebook_handed_in_again_is_examined_where_it_changed(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()

    def hand_in(*cells: str) -> str:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        (folder / "ada.ipynb").write_text(nbformat.writes(notebook))
        done = batch(folder, out, "-e", "13.3.2", "-e", "13.4.2", course=REPOSITORY)
        assert done.returncode == 0
        return (out / "logs" / "ada.log").read_text()

    wrong = IOU.replace("areas[1] - shared", "areas[1]")
    hand_in(BOXES, wrong)
    told = hand_in(BOXES.replace("c - s / 2", "c - s"), wrong)  # a mistake stays where it is
    assert "as the same code before: 13.4.2\n" in told
    told = hand_in(BOXES, IOU)
    assert "as the same code before: 13.3.2\n" in told
