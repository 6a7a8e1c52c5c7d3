"""From submission to score: order, prerequisites, aliases, our own faults."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import TINY, Grade, statuses, submission

from grader.course import Course
from grader.engine import Examiner, worker_task
from grader.errors import CourseError
from grader.launch import Launcher
from grader.model import Status

RIGHT = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\n"


def test_right_code_earns_everything(tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums=RIGHT, exercises=frozenset({"1.1.1"}))
    assert (score.confirmed, score.possible) == (5.0, 6.0)


def test_an_alias_counts(tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums="def sum_up(x): return x.sum()")
    assert statuses(score)["1.1.1/total"] == "passed"


def test_the_nearest_definition_counts(tiny: Course, grade: Grade) -> None:
    """An alias in the section's own module goes before the name itself in another module."""
    score = grade(tiny, s01_sums="def sum_up(x): return x.sum()", notes="def total(x): return 7")
    assert statuses(score)["1.1.1/total"] == "passed"


def test_the_smallest_counterexample_is_reported(tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums="def total(x): return x[1:].sum()")
    outcome = next(o for i in score.items for o in i.outcomes if o.status is Status.FAILED)
    assert outcome.counterexample is not None
    assert outcome.counterexample.arguments[0][1]["values"] in ([1.0], [-1.0])
    assert "wanted" in outcome.message


def test_one_bug_is_one_message(tiny: Course, grade: Grade) -> None:
    """What builds on a wrong function is skipped, not reported a second time."""
    found = statuses(
        grade(tiny, s01_sums="def total(x): return x.sum() + 1\ndef mean(x): return total(x) / len(x)")
    )
    assert (found["1.1.1/total"], found["1.1.1/mean"]) == ("failed", "skipped")


def test_what_holds_on_its_own_keeps_its_points(tiny: Course, grade: Grade) -> None:
    found = statuses(grade(tiny, s01_sums="def total(x): return x.sum() + 1\ndef mean(x): return x.mean()"))
    assert (found["1.1.1/total"], found["1.1.1/mean"]) == ("failed", "passed")


def test_a_stub_is_not_attempted_and_runs_nothing(tiny: Course, grade: Grade) -> None:
    source = 'def total(x):\n    """Add."""\n    raise NotImplementedError\n'
    assert set(statuses(grade(tiny, s01_sums=source)).values()) == {"not_attempted"}


def test_a_name_made_at_run_time_is_found(tiny: Course, grade: Grade) -> None:
    source = "for name in ['total']:\n    globals()[name] = lambda x: x.sum()\n"
    assert statuses(grade(tiny, s01_sums=source))["1.1.1/total"] == "passed"


def test_changed_inputs_cost_their_own_item(tiny: Course, grade: Grade) -> None:
    source = "def total(x):\n    x += 0\n    r = x.sum()\n    x.zero_()\n    return r\ndef mean(x): return x.mean()"
    found = statuses(grade(tiny, s01_sums=source))
    assert found["1.1.1/inputs"] == "failed"
    assert found["1.1.1/mean"] == "passed"


def test_a_crash_names_the_students_own_line(tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums="def total(x):\n    y = x.summ()\n    return y\n")
    outcome = next(o for i in score.items for o in i.outcomes if o.status is Status.CRASHED)
    assert outcome.trace[-1].startswith("s01_sums.py:2 in total: y = x.summ()")


def test_a_hanging_function_costs_only_what_needs_it(tiny: Course, grade: Grade) -> None:
    source = "def total(x):\n    while True: pass\ndef mean(x): return x.mean()"
    found = statuses(grade(tiny, s01_sums=source, seconds=0.5))
    assert found["1.1.1/total"] == "timed_out"
    assert found["1.1.1/mean"] == "skipped"


def test_a_module_is_judged_through_its_handle(tiny: Course, grade: Grade) -> None:
    right = """
import torch

class S(torch.nn.Module):
    def __init__(s, f):
        super().__init__()
        s.f = torch.nn.Parameter(torch.tensor(f))

    def forward(s, x):
        return s.f * x

make_scaler = S
"""
    assert statuses(grade(tiny, s01_sums=right))["1.1.2/scaler"] == "passed"
    detached = right.replace("s.f * x", "s.f.detach() * x")
    assert statuses(grade(tiny, s01_sums=detached))["1.1.2/scaler"] == "failed"


def test_a_statement_that_raises_does_not_cost_the_next_one(tiny: Course, grade: Grade) -> None:
    score = grade(tiny, s01_sums="show(undefined)\ndef total(x): return x.sum()\n")
    assert statuses(score)["1.1.1/total"] == "passed"
    assert [r.where for r in score.remarks] == ["s01_sums.py"]


def test_grading_twice_gives_the_same(tiny: Course, grade: Grade) -> None:
    source = "def total(x): return x[:2].sum()\ndef mean(x): return x.median()"
    first, second = (
        [
            (o.check, o.status, o.message, o.counterexample)
            for i in grade(tiny, s01_sums=source).items
            for o in i.outcomes
        ]
        for _ in range(2)
    )
    assert first == second


# -- our own faults


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the tiny course to break."""
    return Path(shutil.copytree(TINY, tmp_path / "course"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_bug_in_a_check_is_never_a_zero(broken: Path, grade: Grade) -> None:
    _edit(
        broken / "tests/exercises/test_s01_sums.py",
        "agree(tensor(student.total(torch",
        "1 / 0; agree(tensor(student.total(torch",
    )
    score = grade(Course(broken), s01_sums=RIGHT)
    assert [o.check for o in score.grader_errors] == ["total_of_nothing"]


def test_a_check_without_its_test_is_named(broken: Path, tiny: Course) -> None:
    _edit(broken / "tests/exercises/test_s01_sums.py", "def test_total_of_nothing", "def total_of_nothing")
    with pytest.raises(CourseError, match=r"test_s01_sums\.py: no test_total_of_nothing"):
        Examiner(Course(broken)).examine([], lambda _: None)


def test_a_test_file_that_does_not_import_is_named(broken: Path) -> None:
    _edit(broken / "tests/exercises/test_s01_sums.py", "import torch", "import torch_")
    with pytest.raises(CourseError, match="torch_"):
        Examiner(Course(broken)).examine([], lambda _: None)


def test_what_was_printed_stands_beside_a_failure_and_nowhere_else(grade: Grade, tiny: Course) -> None:
    found = grade(tiny, s01_sums="def total(x):\n    print('seen', len(x))\n    return x.sum() + 1\n")
    by_item = {i.item: i.outcomes[0] for i in found.items if i.outcomes}
    assert by_item["total"].output.endswith("seen 1"), "the smallest counterexample ran last"
    assert by_item["inputs"].output == "", "a check that holds shows nothing"


def test_a_failure_of_the_reference_is_no_fault_of_the_student(tmp_path: Path, launcher: Launcher) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "course"))
    (root / "reference" / "s01_sums.py").write_text(
        "def total(x): raise ValueError('ours')\ndef mean(x): return x.mean()\n"
    )
    course, found = Course(root), []
    Examiner(course).examine([worker_task(submission(course, s01_sums=RIGHT), launcher)], found.append)
    outcome = next(o for o in found[0].outcomes if o.check == "total_of_a_vector")
    assert (outcome.status, outcome.message) == (
        Status.GRADER_ERROR,
        "WorkerError: the reference: ValueError: ours",
    )


def test_a_failure_is_reported_where_the_search_for_a_smaller_one_takes_too_long(
    tiny: Course, launcher: Launcher
) -> None:
    source = "import time\ndef total(x):\n    time.sleep(0.4)\n    return x[1:].sum()\n"
    found = []
    task = worker_task(submission(tiny, s01_sums=source), launcher, items=frozenset({("1.1.1", "total")}))
    Examiner(tiny, check_seconds=2.5).examine([task], found.append)
    (outcome,) = found[0].outcomes
    assert outcome.status is Status.FAILED, outcome.message
    assert outcome.counterexample is not None
    assert outcome.counterexample.function == "total"
    values = outcome.counterexample.arguments[0][1]["values"]
    assert values[0] != 0, "for these it is wrong"
    assert f"wanted {sum(values):g}" in outcome.message


def test_a_check_that_takes_too_long_and_has_not_failed_is_timed_out(
    tiny: Course, launcher: Launcher
) -> None:
    source = "import time\ndef total(x):\n    time.sleep(0.4)\n    return x.sum()\n"
    found = []
    task = worker_task(submission(tiny, s01_sums=source), launcher, items=frozenset({("1.1.1", "total")}))
    Examiner(tiny, check_seconds=2).examine([task], found.append)
    (outcome,) = found[0].outcomes
    assert (outcome.status, outcome.message) == (Status.TIMED_OUT, "the check as a whole took too long")
