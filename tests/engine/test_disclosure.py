"""Hidden means hidden: what a failing check tells is the rubric's policy, and the course's secret never reaches a worker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import submission

from grader.course import Course
from grader.dialogue import Worker
from grader.disclosure import disclosed
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.model import Counterexample, Outcome, Status
from grader.report.data import as_json
from grader.rubric import Rubric
from grader.scoring import score

EXAMPLE = Counterexample("total", (("1", "the input"),), got="what came", wanted="what was wanted")
FAILED = Outcome(
    "total_of_a_vector", "1.1.1", "total", Status.FAILED, "the sentence", "came 1, wanted 2", "a hint",
    counterexample=EXAMPLE, output="printed",
)  # fmt: skip
CRASHED = Outcome(
    "total_of_a_vector", "1.1.1", "total", Status.CRASHED, "the sentence", "ValueError: the input",
    counterexample=EXAMPLE, trace=("line 1",), output="the input",
)  # fmt: skip


def test_everything_is_told_unless_the_rubric_says_otherwise() -> None:
    assert disclosed(FAILED, "expected") is FAILED


def test_a_counterexample_without_what_was_wanted() -> None:
    told = disclosed(FAILED, "counterexample")
    assert told.counterexample == Counterexample("total", EXAMPLE.arguments, "what came", None)
    assert "wanted" not in str(told).replace("wanted=None", "")
    assert told.sentence == "the sentence"
    assert disclosed(CRASHED, "counterexample").message == "ValueError: the input"


@pytest.mark.parametrize("outcome", [FAILED, CRASHED])
def test_nothing_is_nothing(outcome: Outcome) -> None:
    told = str(disclosed(outcome, "nothing"))
    assert "the sentence" in told
    for kept in ("the input", "what came", "wanted 2", "ValueError", "line 1", "printed"):
        assert kept not in told


def test_a_skipped_item_does_not_tell_through_its_cause() -> None:
    skipped = Outcome(
        "c", "1.1.1", "mean", Status.SKIPPED, message="first mend 'total', which this builds on (wanted 2)"
    )
    assert disclosed(skipped, "counterexample").message == "first mend 'total', which this builds on"


def test_our_own_fault_is_always_told() -> None:
    fault = Outcome("c", "1.1.1", "mean", Status.GRADER_ERROR, message="KeyError")
    assert disclosed(fault, "nothing") is fault


def with_show(rubric: Rubric, course: str, item: str | None = None, check: str | None = None) -> Rubric:
    data: dict[str, Any] = json.loads(rubric.model_dump_json(exclude_none=True))
    data["course"]["show"] = course
    first = data["sections"][0]["exercises"][0]["items"][0]
    first |= {"show": item} if item else {}
    first["checks"][0] |= {"show": check} if check else {}
    return Rubric.model_validate(data)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (("expected",), "expected"),
        (("nothing",), "nothing"),
        (("nothing", "counterexample"), "counterexample"),
        (("nothing", "counterexample", "expected"), "expected"),
    ],
)
def test_the_nearest_policy_counts(tiny: Course, policies: tuple[str, ...], expected: str) -> None:
    rubric = with_show(tiny.rubric, *policies)
    item = rubric.exercises["1.1.1"].item("total")
    assert rubric.show_of(item, "total_of_a_vector") == expected


def test_no_file_tells_what_the_policy_hides_and_the_points_stay(tiny: Course) -> None:
    rubric = with_show(tiny.rubric, "nothing")
    made = submission(tiny, s01_sums="def total(x): raise ValueError(x)")
    chosen = frozenset({"1.1.1"})
    told, all_of_it = (score(r, made, [CRASHED], exercises=chosen) for r in (rubric, tiny.rubric))
    assert "the input" in as_json(all_of_it, tiny.rubric)
    assert "the input" not in as_json(told, rubric)
    assert told.confirmed == all_of_it.confirmed


def test_the_secret_is_never_sent(tiny: Course, launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "correct horse battery staple"
    sent: list[bytes] = []
    send = Worker._send
    monkeypatch.setattr(Worker, "_send", lambda self: (sent.append(bytes(self._unsent)), send(self))[1])
    found: list[Examined] = []
    made = submission(tiny, s01_sums="def total(x): return x.sum()\n")
    Examiner(tiny, secret=secret).examine([worker_task(made, launcher)], found.append)
    everything = b"".join(sent)
    assert any(o.status is Status.PASSED for o in found[0].outcomes)
    assert len(sent) > 5
    assert secret.encode() not in everything
    assert json.dumps(secret).encode() not in everything
    for hidden in (b"total_of_a_vector", b"agree(", b"reference"):  # nor checks, nor the reference
        assert hidden not in everything
