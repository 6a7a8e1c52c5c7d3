"""`grade verify --secrets N`: other secrets give other cases, and a right answer must be right under all of them."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import TINY, submission
from rich.console import Console

from grader.course import Course
from grader.engine import Examined, Examiner, Task
from grader.stability import prove_stability
from grader.subject import fake

RIGHT = "def mean(x):\n    return x.sum() / len(x)\n"


def _means_of(tiny: Course, *secrets: str) -> list[list[list[float]]]:
    """The vectors that `mean` was asked for, under each secret, in one session."""
    calls: list[list[list[float]]] = []

    def mean(x):  # type: ignore[no-untyped-def]  # student code
        calls[-1].append(x.tolist())
        return x.sum() / len(x)

    task = Task(
        submission(tiny, s01_sums=RIGHT), lambda part: fake({"mean": mean}), frozenset({("1.1.1", "mean")})
    )

    def tasks():  # type: ignore[no-untyped-def]  # as short as it can be
        for secret in secrets:
            calls.append([])
            yield replace(task, secret=secret)

    examined: list[Examined] = []
    Examiner(tiny).examine(tasks(), examined.append)
    assert all(o.status == "passed" for e in examined for o in e.outcomes)
    return calls


def test_a_secret_decides_the_cases(tiny: Course) -> None:
    first, other, again = _means_of(tiny, "one", "two", "one")
    assert first == again
    assert first != other


@pytest.mark.slow
def test_a_point_lost_by_chance_is_a_problem(tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "course"))
    unlucky = "def sum_up(x):\n    return x.sum() + (float(x.sum()) == 1)\n"
    (root / "tests/submissions/right/s01_unlucky.py").write_text(f'"""Wrong now and then."""\n\n\n{unlucky}')
    output = io.StringIO()
    course, console = Course(root), Console(file=output, width=200)
    problems = prove_stability(course, sections=["1.1"], secrets=6, console=console)
    assert "graded 18 times" in output.getvalue()
    (problem,) = problems
    assert "s01_unlucky.py: loses 1.1.1/total under" in problem
    assert "under 6 secrets" not in problem, problem
    (again,) = prove_stability(course, sections=["1.1"], secrets=6, first=101, console=console)
    assert re.search("such as 'secret 10[1-6]'", again)


@pytest.mark.slow
def test_right_answers_are_right_under_every_secret() -> None:
    output = io.StringIO()
    assert prove_stability(Course(TINY), sections=[], secrets=3, console=Console(file=output)) == []
    assert "no point is lost under 3 secrets" in output.getvalue()
