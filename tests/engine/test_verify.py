"""`grade verify` notices what was broken and names the place."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from conftest import TINY
from rich.console import Console

from grader.course import Course
from grader.verify import names_agree, parts_of, verify, verify_part


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "course"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def _problems(root: Path) -> str:
    course = Course(root)
    parts = parts_of(course, course.rubric.sections[0])
    return "\n".join(
        [*names_agree(course), *(p for part in parts for p in verify_part(course, part).problems)]
    )


@pytest.mark.slow
def test_the_tiny_course_is_proved() -> None:
    console = Console(file=io.StringIO())
    assert verify(Course(TINY), sections=[], console=console) == []


def test_a_removed_check(copy: Path) -> None:
    _edit(copy / "tests/exercises/test_s01_sums.py", "def test_mean_of_a_vector", "def _mean_of_a_vector")
    assert "test_s01_sums.py: no test_mean_of_a_vector" in _problems(copy)


def test_a_check_that_belongs_to_no_item(copy: Path) -> None:
    with (copy / "tests/exercises/test_s01_sums.py").open("a", encoding="utf-8") as f:
        f.write('\n\ndef test_orphan(student):\n    """An orphan."""\n')
    assert "no item names orphan" in "\n".join(names_agree(Course(copy)))


@pytest.mark.slow
def test_a_broken_reference(copy: Path) -> None:
    _edit(copy / "reference/s01_sums.py", "return x.sum()", "return x.sum() + 1")
    found = _problems(copy)
    assert "s01_sums.py: the reference loses 1.1.1/mean" in found


def test_a_stale_template(copy: Path) -> None:
    _edit(copy / "student_template/s01_sums.py", "1.1.1 The sum", "1.1.1 A sum")
    assert "s01_sums.py: out of date; run: grade template" in "\n".join(names_agree(Course(copy)))


@pytest.mark.slow
def test_a_wrong_submission_that_keeps_its_points(copy: Path) -> None:
    _edit(copy / "tests/submissions/wrong/s01_mean_of_total.py", "x.sum()", "x.mean()")
    assert "keeps 1.1.1/mean, which it should lose" in _problems(copy)


@pytest.mark.slow
def test_a_right_variant_that_loses(copy: Path) -> None:
    _edit(copy / "tests/submissions/right/s01_loop.py", "return result", "return result + 1")
    assert "loses 1.1.1/total, which it does not declare" in _problems(copy)


def test_a_reference_module_nobody_asked_for(copy: Path) -> None:
    (copy / "reference/s02_extra.py").write_text("x = 1\n")
    assert "s02_extra.py: belongs to no section" in "\n".join(names_agree(Course(copy)))
