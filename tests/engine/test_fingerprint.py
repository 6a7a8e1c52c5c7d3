"""What changes a key, and what does not: nothing is examined twice, and nothing stale is ever shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import TINY, submission

from grader.course import Course
from grader.fingerprint import AFTERWARDS, Keys, code_digests

SOURCE = "def total(x): return x.sum()\ndef mean(x): return x.mean()\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "course"))


def keys(root: Path, *, secret: str = "s", full: bool = False, **sources: str) -> dict[str, str]:
    course = Course(root)
    codes = code_digests(
        submission(course, **(sources or {"s01_sums": SOURCE})), course.rubric, None, full=full
    )
    return Keys.of(course, None, secret=secret, full=full).of_code(codes.text)


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    assert before.keys() == after.keys()
    return {e for e in before if before[e] != after[e]}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("points: 2", "points: 3"),
        ("Add them up.", "Sum them."),
        ("Write total and mean.", "Write both."),
        ("any: [undefined", "any: [not defined"),
        ("Total and mean", "Sums and means"),
    ],
)
def test_points_and_texts_examine_nothing_again(copy: Path, old: str, new: str) -> None:
    before = keys(copy)
    edit(copy / "rubric.yaml", old, new)
    assert changed(before, keys(copy)) == set()


def test_a_check_that_changes_concerns_its_own_exercise(copy: Path) -> None:
    before = keys(copy)
    edit(copy / "tests/exercises/test_s01_sums.py", "make_scaler(3.0)", "make_scaler(2.0)")
    assert changed(before, keys(copy)) == {"1.1.2"}


def test_a_decorator_belongs_to_its_check(copy: Path) -> None:
    before = keys(copy)
    edit(
        copy / "tests/exercises/test_s01_sums.py",
        "@given(x=vectors)\ndef test_mean",
        "@given(y=vectors)\ndef test_mean",
    )
    assert changed(before, keys(copy)) == {"1.1.1"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("tests/exercises/test_s01_sums.py", "max_size=5", "max_size=6"),
        ("reference/s01_sums.py", "x.sum()", "x.sum() * 1"),
        ("rubric.yaml", "sum_up", "add_up"),
    ],
)
def test_what_checks_share_concerns_the_section(copy: Path, file: str, old: str, new: str) -> None:
    before = keys(copy)
    edit(copy / file, old, new)
    assert changed(before, keys(copy)) == {"1.1.1", "1.1.2"}


def test_files_beside_the_checks_count_when_they_are_named(copy: Path) -> None:
    folder = copy / "tests" / "exercises"
    (folder / "helpers").mkdir()
    (folder / "helpers" / "deep.py").write_text("x = 1")
    (folder / "unnamed.py").write_text("x = 1")
    edit(folder / "test_s01_sums.py", "import torch", "import helpers\nimport torch")
    before = keys(copy)
    (folder / "unnamed.py").write_text("x = 2")
    assert changed(before, keys(copy)) == set()
    (folder / "helpers" / "deep.py").write_text("x = 2")
    assert changed(before, keys(copy)) == {"1.1.1", "1.1.2"}
    before = keys(copy)
    (folder / "photo.bin").write_bytes(b"data")
    assert changed(before, keys(copy)) == {"1.1.1", "1.1.2"}


def test_secret_and_mode_count(copy: Path) -> None:
    assert changed(keys(copy), keys(copy, secret="t")) == {"1.1.1", "1.1.2"}
    assert changed(keys(copy), keys(copy, full=True)) == {"1.1.1", "1.1.2"}


def test_code_that_is_not_seen_does_not_count(copy: Path) -> None:
    before = keys(copy, s01_sums=SOURCE, notes="x = 1")
    assert changed(before, keys(copy, s01_sums=SOURCE, notes="x = 2")) == set()
    assert changed(before, keys(copy, s01_sums=SOURCE + "x = 1", notes="x = 1")) == {"1.1.1", "1.1.2"}


def test_an_exercise_depends_on_what_it_needs(copy: Path) -> None:
    """A failure is explained by a prerequisite's, so a prerequisite's new check concerns it, too."""
    edit(
        copy / "rubric.yaml",
        "functions: [make_scaler]\n",
        "functions: [make_scaler]\n            needs: [1.1.1/total]\n",
    )
    before = keys(copy)
    edit(copy / "tests/exercises/test_s01_sums.py", "torch.zeros(0)", "torch.zeros((0,))")
    assert changed(before, keys(copy)) == {"1.1.1", "1.1.2"}


def test_what_does_not_count_of_the_grader_is_there() -> None:
    """A module that was renamed would count again, and cost everybody a whole run."""
    package = TINY.parents[2] / "grader"
    assert {n for n in AFTERWARDS - {"course"} if not (package / n).exists()} == set()
