"""Cases that an earlier submission passed serve the next one: outcomes are the same as without."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import submission

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.model import Outcome
from grader.subject import Place, RememberingSubject, Student

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
SOURCES = {
    "right": RIGHT,
    "skips the first": "def total(x): return x[1:].sum()\ndef mean(x): return x.mean()\n",
    "raises": "def total(x):\n    return x.summ()\ndef mean(x): return x.mean()\n",
    "changes its input": "def total(x):\n    s = x.sum()\n    x.zero_()\n    return s\ndef mean(x): return x.mean()\n",
    "counts its calls": "n = 0\ndef total(x):\n    global n\n    n += 1\n    return x.sum() + (n > 40)\n",
    "ends the process": "import os\ndef total(x): os._exit(3)\ndef mean(x): return x.mean()\n",
    "stub": "def total(x): raise NotImplementedError\n",
}


def examine(course: Course, launcher: Launcher, *sources: str) -> list[tuple[Outcome, ...]]:
    """The outcomes of submissions that one examiner sees one after the other, without times."""
    found: list[Examined] = []
    tasks = [
        worker_task(submission(course, f"s{i}", s01_sums=s), launcher, WorkerLimits(call_seconds=2))
        for i, s in enumerate(sources)
    ]
    Examiner(course).examine(tasks, found.append)
    return [tuple(replace(o, seconds=0) for o in e.outcomes) for e in found]


@pytest.mark.parametrize("name", SOURCES)
def test_an_outcome_does_not_depend_on_who_came_before(tiny: Course, launcher: Launcher, name: str) -> None:
    (alone,) = examine(tiny, launcher, SOURCES[name])
    after = examine(tiny, launcher, RIGHT, SOURCES[name], SOURCES[name])
    assert after[1] == alone
    assert after[2] == alone


def test_the_reference_is_asked_once() -> None:
    asked = []
    reference = Student(RememberingSubject({"m": {"f": lambda x: asked.append(x) or x + 1}}), Place("m"))
    assert [reference.f(1), reference.f(1), reference.f(2), reference.at_seed(1).f(1)] == [2, 2, 3, 2]
    assert asked == [1, 2, 1]


def test_objects_of_the_reference_are_made_anew() -> None:
    made = []

    class Thing:
        def __init__(self) -> None:
            made.append(self)

        def __call__(self) -> int:
            return len(made)

    reference = Student(RememberingSubject({"m": {"make": Thing}}), Place("m"))
    assert [reference.make()(), reference.make()()] == [1, 2]
