"""What the engine's tests share: the tiny course, one zygote, submissions made of strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.course import Course
from grader.dialogue import WorkerLimits
from grader.engine import Examined, Examiner, Task, worker_task
from grader.launch import Launcher, new_launcher
from grader.model import Cell, Score, Submission, Unit
from grader.names import attempted
from grader.scoring import score

TINY = Path(__file__).parent / "tiny_course"
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tiny() -> Course:
    return Course(TINY)


@pytest.fixture(scope="session")
def course() -> Course:
    return Course(REPOSITORY)


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    launcher = new_launcher()
    yield launcher
    launcher.close()


def submission(course: Course, name: str = "student", **sources: str) -> Submission:
    """A submission of .py files: module name → source."""
    names = {f.name for s in course.rubric.sections for f in s.functions}
    names |= {a for s in course.rubric.sections for f in s.functions for a in f.aliases}
    units = tuple(
        Unit(m, f"{m}.py", (Cell(f"{m}.py", text),), attempted=frozenset(attempted(text, names)))
        for m, text in sources.items()
    )
    return Submission(name, units)


Grade = Callable[..., Score]


@pytest.fixture
def grade(launcher: Launcher) -> Grade:
    """grade(course, module="source", …) → Score, in a real worker with short limits."""

    def run(
        course: Course, *, exercises: frozenset[str] | None = None, seconds: float = 2.0, **sources: str
    ) -> Score:
        made = submission(course, **sources)
        found: list[Examined] = []
        tasks: list[Task] = [worker_task(made, launcher, WorkerLimits(call_seconds=seconds))]
        Examiner(course, exercises=exercises).examine(tasks, found.append)
        return score(course.rubric, made, found[0].outcomes, exercises=exercises, remarks=found[0].remarks)

    return run


def statuses(score: Score) -> dict[str, str]:
    """ "exercise/item" → status of every automatic item."""
    return {f"{i.exercise}/{i.item}": str(i.status) for i in score.items if i.outcomes}
