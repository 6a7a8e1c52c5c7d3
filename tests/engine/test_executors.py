"""Examiners as processes: results come back as data, and one that ends costs no other submission."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TINY, submission

from grader.course import DEFAULT_SECRET, Course
from grader.errors import CourseError
from grader.executors import Done, Job, LocalExecutor, Lost, Setting
from grader.executors.processes import ExaminerFamily
from grader.model import Status

SETTING = Setting(str(TINY), DEFAULT_SECRET, None)
RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"
WRONG = "def total(x): return x.sum() + 1\ndef mean(x): return total(x) / len(x)\n"


def job(
    tiny: Course, name: str, source: str, exercises: tuple[str, ...] = ("1.1.1", "1.1.2"), **known: object
) -> Job:
    return Job.of(submission(tiny, name, s01_sums=source), exercises, known.get("known", {}), full=False)


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(SETTING, 2)
    yield executor
    executor.close()


def statuses(done: Done) -> dict[str, str]:
    return {
        f"{o.exercise}/{o.item}": o.status.value for r in done.runs for e in r.outcomes for o in r.outcomes[e]
    }


def test_results_come_back_as_data(tiny: Course, executor: LocalExecutor) -> None:
    seen: list[tuple[str, str]] = []
    jobs = [job(tiny, "ada", RIGHT), job(tiny, "bo", WRONG)]
    found = {d.job.name: d for d in executor.run(iter(jobs), lambda *what: seen.append(what))}
    assert statuses(found["ada"]) == {
        "1.1.1/total": "passed", "1.1.1/inputs": "passed", "1.1.1/mean": "passed", "1.1.2/scaler": "not_attempted",
    }  # fmt: skip
    outcome = next(o for o in found["bo"].runs[0].outcomes["1.1.1"] if o.status is Status.FAILED)
    assert outcome.counterexample is not None
    assert outcome.counterexample.arguments[0][1]["values"] == [0.0]
    assert sorted(seen) == [(name, e) for name in ("ada", "bo") for e in ("1.1.1", "1.1.2")]


@pytest.mark.slow
def test_only_what_is_asked_for_and_what_is_known_explains(tiny: Course, executor: LocalExecutor) -> None:
    found = list(executor.run(iter([job(tiny, "ada", RIGHT, ("1.1.2",))]), lambda *_: None))
    assert statuses(found[0]) == {"1.1.2/scaler": "not_attempted"}


class Killer:
    """Progress that kills the examiner of one submission."""

    def __init__(self, executor: LocalExecutor, name: str, times: int) -> None:
        self.executor, self.name, self.times = executor, name, times

    def __call__(self, name: str, exercise: str) -> None:
        busy = next(e for e in self.executor._busy if e.job and e.job.name == name)
        if name == self.name and self.times:
            self.times -= 1
            os.kill(busy.pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_submission_whose_examiner_ends_is_tried_again(tiny: Course, executor: LocalExecutor) -> None:
    jobs = [job(tiny, name, RIGHT) for name in ("ada", "bo", "cy")]
    found = {d.job.name: d for d in executor.run(iter(jobs), Killer(executor, "bo", 1))}
    assert all(isinstance(d, Done) for d in found.values())
    assert len(found) == 3


@pytest.mark.slow
def test_a_submission_that_costs_two_examiners_is_quarantined(tiny: Course, executor: LocalExecutor) -> None:
    jobs = [job(tiny, name, RIGHT) for name in ("ada", "bo", "cy")]
    found = {d.job.name: d for d in executor.run(iter(jobs), Killer(executor, "bo", 5))}
    assert isinstance(found["bo"], Lost)
    assert "quarantined: 2 examiners" in found["bo"].reason
    assert "SIGKILL" in found["bo"].reason
    assert isinstance(found["ada"], Done)
    assert isinstance(found["cy"], Done)


def test_checks_that_cannot_be_loaded_are_a_fault_of_the_course(tmp_path: Path) -> None:
    executor = LocalExecutor(Setting(str(tmp_path), "s", None), 1)
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    (tmp_path / "tests/exercises/test_s01_sums.py").write_text("import nonsense")
    with pytest.raises(CourseError, match="nonsense"):
        list(executor.run(iter([Job("a", b"{}", {})]), lambda *_: None))
    executor.close()


@pytest.mark.slow
def test_where_forking_is_unsafe(tiny: Course) -> None:
    family = ExaminerFamily(SETTING, forks=False)
    try:
        examiner = family.examiner()
        examiner.give(job(tiny, "ada", RIGHT))
        while not isinstance(said := examiner.hear(), Done):
            pass
        assert statuses(said)["1.1.1/total"] == "passed"
        examiner.close()
    finally:
        family.close()


@pytest.mark.slow
def test_nothing_stays(tiny: Course) -> None:
    executor = LocalExecutor(SETTING, 1)
    list(executor.run(iter([job(tiny, "ada", RIGHT)]), lambda *_: None))
    pids = [p.pid for p in executor._family._processes] + [e.pid for e in executor._idle]
    executor.close()
    deadline = time.monotonic() + 10  # a killed process takes a moment to give its memory back
    while any(Path(f"/proc/{p}").exists() for p in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [p for p in pids if Path(f"/proc/{p}").exists()] == []
