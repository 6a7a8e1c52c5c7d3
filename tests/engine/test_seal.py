"""A sealed course: no reference, no hidden check, and the instructor's verdicts on what is public."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import REPOSITORY, TINY, submission
from rich.console import Console

from grader.course import Course, find_course
from grader.engine import Examined, Examiner, worker_task
from grader.errors import CourseError
from grader.launch import Launcher
from grader.loader import load_submission
from grader.model import Outcome, Status, Submission
from grader.overlay import overlay_files, overlay_submission, read_overlay
from grader.scoring import score
from grader.seal import Sealed, seal, without_tests

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
WRONG = "def total(x): return x.sum() + 1\ndef mean(x): return x.mean()\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def sealed(root: Path, out: Path) -> Sealed:
    return seal(Course(root), out, Console(file=io.StringIO()))


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "course"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def outcomes(course: Course, made: Submission, launcher: Launcher) -> dict[str, Outcome]:
    found: list[Examined] = []
    Examiner(course).examine([worker_task(made, launcher)], found.append)
    return {o.check: o for o in found[0].outcomes}


def test_what_a_sealed_course_holds(course: Path, tmp_path: Path, launcher: Launcher) -> None:
    """Neither the reference nor a hidden check, whole or in parts; its item keeps its points and says who judges it."""
    edit(course / "rubric.yaml", "{name: mean_of_a_vector,", "{name: mean_of_a_vector, visibility: hidden,")
    edit(course / "tests/exercises/test_s01_sums.py", '"""mean is the total', '"""MARK mean is the total')
    done = sealed(course, tmp_path / "c.zip")
    assert done.withheld == {"mean_of_a_vector": "hidden"}
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        texts = {n: archive.read(n) for n in archive.namelist()}
    assert not [n for n in texts if "reference" in n]
    assert not [n for n, t in texts.items() if b"mean_of_a_vector" in t or b"MARK" in t or b"d2l" in t]
    reference = (course / "reference" / "s01_sums.py").read_bytes()
    bodies = [line for line in reference.splitlines() if line.strip().startswith(b"return ")]
    assert bodies
    assert not [n for n, t in texts.items() for line in bodies if line.strip() in t]
    found = find_course(tmp_path / "c.zip")
    assert found.sealed is not None
    made = submission(found, s01_sums=RIGHT)
    result = score(found.rubric, made, outcomes(found, made, launcher).values())
    by_item = {i.item: i.status for i in result.items}
    assert (by_item["total"], by_item["mean"]) == (Status.PASSED, Status.NOT_RUN)
    assert result.not_run == 2
    assert not result.unjudged


@pytest.mark.parametrize("source", [RIGHT, WRONG, "", "def total(x):\n    raise ValueError(str(x))\n"])
def test_the_same_verdicts(source: str, course: Path, tmp_path: Path, launcher: Launcher) -> None:
    sealed(course, tmp_path / "c.zip")
    there = find_course(tmp_path / "c.zip")
    made = submission(there, s01_sums=source)
    by_seal, by_instructor = (outcomes(c, made, launcher) for c in (there, Course(course)))
    assert {c: o.status for c, o in by_seal.items()} == {c: o.status for c, o in by_instructor.items()}
    if source == WRONG:
        assert by_seal["total_of_a_vector"].counterexample is not None
        assert "wanted" in by_seal["total_of_a_vector"].message


def test_the_smallest_recorded_case_is_shown(course: Path, tmp_path: Path, launcher: Launcher) -> None:
    sealed(course, tmp_path / "c.zip")
    there = find_course(tmp_path / "c.zip")
    made = submission(there, s01_sums="def total(x): return x.sum() + (len(x) > 1)\n")
    example = outcomes(there, made, launcher)["total_of_a_vector"].counterexample
    assert example is not None
    assert example.arguments[0][1]["shape"] == [2]


def test_a_question_that_nobody_recorded_costs_nothing(
    course: Path, tmp_path: Path, launcher: Launcher
) -> None:
    """What a student's value decides to ask the reference is left to the instructor's run: no failure, no pass."""
    edit(
        course / "tests/exercises/test_s01_sums.py",
        "agree(tensor(student.mean(x), shape=()), x.double().mean().float())",
        "found = student.mean(x)\n    agree(reference.total(found.reshape(1)), found)",
    )
    edit(
        course / "tests/exercises/test_s01_sums.py",
        "def test_mean_of_a_vector(student, x)",
        "def test_mean_of_a_vector(student, reference, x)",
    )
    sealed(course, tmp_path / "c.zip")
    there = find_course(tmp_path / "c.zip")
    made = submission(there, s01_sums="def total(x): return x.sum()\ndef mean(x): return x.sum() / 7\n")
    assert outcomes(there, made, launcher)["mean_of_a_vector"].status is Status.NOT_RUN


def test_a_test_that_others_mention_cannot_be_withheld(tmp_path: Path) -> None:
    path = tmp_path / "test_x.py"
    path.write_text("def test_a(student):\n    pass\n\n\ndef test_b(student):\n    test_a(student)\n")
    with pytest.raises(CourseError, match="test_a is withheld"):
        without_tests(path, ["a"])
    assert without_tests(path, ["b"]) == "def test_a(student):\n    pass\n\n\n"


# -- what somebody else packed


def archive(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as found:
        for name, data in members:
            found.writestr(name, data)
    return path


def link(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:\\x", "..\\x"])
def test_no_file_lands_outside(name: str, tmp_path: Path, cache: Path) -> None:
    path = archive(tmp_path / "c.zip", ("rubric.yaml", b"format: 1"), (name, b"x"))
    with pytest.raises(CourseError, match="no plain file"):
        find_course(path)
    assert not list(tmp_path.rglob("x"))
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_links_bombs_and_rubbish_are_refused(tmp_path: Path, cache: Path) -> None:
    rubric = ("rubric.yaml", b"format: 1")
    with pytest.raises(CourseError, match="no plain file"):
        find_course(archive(tmp_path / "a.zip", rubric, (link("tests"), b"/etc")))
    with pytest.raises(CourseError, match="not a sealed course"):
        find_course(archive(tmp_path / "b.zip", rubric, ("big", bytes(101_000_000))))
    with pytest.raises(CourseError, match=r"no rubric\.yaml"):
        find_course(archive(tmp_path / "c.zip", ("x", b"")))
    with pytest.raises(CourseError, match="more than"):
        find_course(archive(tmp_path / "d.zip", rubric, *((str(n), b"") for n in range(2001))))
    (tmp_path / "e.zip").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(CourseError, match="not a readable zip"):
        find_course(tmp_path / "e.zip")
    (tmp_path / "f.zip").write_bytes(b"")
    with pytest.raises(CourseError, match="empty"):
        find_course(tmp_path / "f.zip")
    assert not [p for p in cache.rglob("*") if p.is_file()]


def test_a_frame_that_was_tampered_with_is_a_fault(course: Path, tmp_path: Path, launcher: Launcher) -> None:
    """Never a zero: the course is named as what is broken."""
    sealed(course, tmp_path / "c.zip")
    there = find_course(tmp_path / "c.zip")
    assert there.sealed is not None
    frame = there.sealed / "total_of_a_vector.frame"
    for data in (b"", b"\xff" * 40, frame.read_bytes()[:-3]):
        frame.write_bytes(data)
        made = submission(there, s01_sums=RIGHT)
        assert outcomes(there, made, launcher)["total_of_a_vector"].status is Status.GRADER_ERROR


# -- as people use it


def grade(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", *map(str, arguments)]
    env = {**os.environ, "COLUMNS": "120"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=300, check=False)


@pytest.mark.slow
def test_from_the_instructor_to_the_student(course: Path, tmp_path: Path) -> None:
    """grade seal, grade init, grade and grade --explain, each in a process of its own, with the zip alone."""
    done = grade("seal", "--course", course, "--out", tmp_path / "c.zip", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 checks; 0 withheld" in done.stderr
    shutil.rmtree(course)
    assert grade("init", "work", "--course", "c.zip", cwd=tmp_path).returncode == 0
    (tmp_path / "work" / "s01_sums.py").write_text(RIGHT)
    result = grade("work", "--course", "c.zip", "--json", "r.json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr  # what was not attempted yet is not lost
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["points"]["confirmed"] == 5
    explained = grade("--explain", "1.1.1", "--course", "c.zip", cwd=tmp_path)
    assert "def total(" in explained.stdout
    again = grade("seal", "--course", "c.zip", "--out", "d.zip", cwd=tmp_path)
    assert again.returncode == 2
    assert "is sealed already" in again.stderr


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sealed") / "course.zip"
    sealed(REPOSITORY, out)
    return out


@pytest.mark.slow
def test_every_section_of_the_course(whole: Path, course: Course, launcher: Launcher) -> None:
    """Reference, stubs and known-wrong submissions: what the sealed course says is what the instructor's run says."""
    real, there = Course(REPOSITORY), find_course(whole)
    tasks = [
        worker_task(load_submission(real.root / "reference", real.rubric, name="reference"), launcher),
        worker_task(load_submission(real.template, real.rubric, name="stubs"), launcher),
    ]
    for section in real.rubric.sections:
        for path in overlay_files(real, section, "wrong")[::12]:
            items = read_overlay(path, section).items(section)
            tasks.append(worker_task(overlay_submission(real, section, path), launcher, items=items))
    found: list[list[Examined]] = [[], []]
    for each, results in zip((there, real), found, strict=True):
        Examiner(each).examine(tasks, results.append)
    for sealed_run, instructors in zip(*found, strict=True):
        name = instructors.submission.name
        by_seal, by_instructor = ({o.check: o for o in run.outcomes} for run in (sealed_run, instructors))
        open_ = {c for c, o in by_seal.items() if o.status is Status.NOT_RUN}
        differ = {
            c: (o.status, by_instructor[c].status, o.message)
            for c, o in by_seal.items()
            if c not in open_ and c in by_instructor and o.status is not by_instructor[c].status
        }
        assert differ == {}, name
        if name in ("reference", "stubs"):
            assert open_ == set(), name
