"""Which files an exercise can see: what it cannot see cannot change its outcome."""

from __future__ import annotations

from conftest import Grade, statuses, submission

from grader.course import Course
from grader.parts import parts_of

MEAN = "def mean(x): return x.sum() / len(x)\n"


def seen(tiny: Course, **sources: str) -> set[str]:
    (part,) = parts_of(submission(tiny, **sources), tiny.rubric)
    assert part.exercises == ("1.1.1", "1.1.2")
    return {u.module for u in part.submission.units}


def test_the_sections_own_file_and_what_names_its_functions(tiny: Course) -> None:
    assert seen(tiny, s01_sums="x = 1", other=MEAN, notes="y = 2") == {"s01_sums", "other"}


def test_imports_are_followed(tiny: Course) -> None:
    found = seen(tiny, s01_sums="from a import *", a="import b", b="z = 1", c="import a")
    assert found == {"s01_sums", "a", "b"}


def test_a_computed_import_sees_everything(tiny: Course) -> None:
    source = "__import__('no' + 'tes')"
    assert seen(tiny, s01_sums=source, notes="y = 2") == {"s01_sums", "notes"}
    assert seen(tiny, s01_sums="net.eval()", notes="y = 2") == {"s01_sums"}


def test_full_width_letters_name_the_same_function(tiny: Course) -> None:
    assert seen(tiny, other="def ｍｅａｎ(x): return x.mean()") == {"other"}


def test_whole_is_one_part(tiny: Course) -> None:
    (part,) = parts_of(submission(tiny, s01_sums=MEAN, notes="y = 2"), tiny.rubric, whole=True)
    assert len(part.submission.units) == 2


def test_a_file_that_is_not_seen_changes_nothing(tiny: Course, grade: Grade) -> None:
    spoiler = "import torch\ntorch.Tensor.sum = None\nwhile True: pass\n"
    score = grade(tiny, s01_sums="def total(x): return x.sum()\n", notes=spoiler)
    assert statuses(score)["1.1.1/total"] == "passed"
    assert score.remarks == ()
