"""What is kept of outcomes says the same as they do, and a result that is made of it is the same text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_disclosure import CRASHED, FAILED, with_show
from test_gradebook import FAILED as WHOLE
from test_gradebook import PASSED

from grader.course import Course
from grader.disclosure import disclosed
from grader.findings import Findings, Policy, Verdict, verdicts_of
from grader.model import Late, Outcome, Status, Submission, Unit
from grader.report.data import as_bytes, as_data, as_json, from_data
from grader.scoring import Scorer, score

MEAN = replace(FAILED, check="mean_of_a_vector", item="mean", level=2, seconds=0.25)

OUTCOMES = st.builds(
    Outcome,
    st.just("total_of_a_vector"),
    st.just("1.1.1"),
    st.sampled_from(["total", "mean"]),
    st.sampled_from(Status),
    message=st.text(st.characters(codec=None)),
    convention=st.sampled_from(["", "xywh"]),
    seconds=st.floats(0, 9).map(lambda s: round(s, 4)),
    level=st.sampled_from([None, 1, 3]),
)


@given(st.lists(OUTCOMES))
def test_outcomes_come_back_item_by_item(outcomes: list[Outcome]) -> None:
    found = Findings.of(outcomes)
    back = found.outcomes("1.1.1")
    assert len(back) == len(outcomes)
    for item in ("total", "mean"):
        members = [o for o in outcomes if o.item == item]
        assert [o for o in back if o.item == item] == members
        assert verdicts_of(found.verdicts).get(item) == (Verdict.of(members) if members else None)
    assert found.seconds == pytest.approx(sum(o.seconds for o in outcomes), abs=1e-3)


def test_every_field_comes_back() -> None:
    whole = replace(WHOLE, convention="xywh", level=3)
    found = Findings.of([whole])
    assert found.outcomes("1.1.1") == (whole,)
    assert (found.seconds, found.level) == (0.25, 3)
    assert Findings.of([]) == Findings()


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "not_run"], "not_run"),
        (["not_run", "failed"], "failed"),
        (["timed_out", "failed"], "timed_out"),
    ],
)
def test_the_first_that_did_not_pass_decides(statuses: list[str], wanted: str) -> None:
    outcomes = [replace(FAILED, status=Status(s)) for s in statuses]
    assert Verdict.of(outcomes) == Verdict(Status(wanted))
    assert Verdict.of([replace(o, convention="xywh") for o in outcomes]).by_convention


@pytest.mark.parametrize("late", [None, Late(2, 20.0)])
def test_a_result_is_the_same_text_with_outcomes_and_without(tiny: Course, late: Late | None) -> None:
    submission = Submission("ada", (Unit("", "", (), {"1.1.1": "It is undefined. \ud800"}),))
    outcomes = [replace(FAILED, message="\ud800 \\\ud800 \x00 没有"), MEAN, PASSED]
    whole = score(tiny.rubric, submission, outcomes, code=(), late=late)
    found = {"1.1.1": Findings.of(outcomes)}
    verdicts = {"1.1.1": found["1.1.1"].verdicts}
    bare = Scorer(tiny.rubric).score(submission, verdicts, remarks=(), code=(), late=late)
    assert not any(i.outcomes for i in bare.items)
    text = as_bytes(bare, found, (), tiny.rubric)
    assert text == as_json(whole, tiny.rubric).encode()
    assert text.decode().count("\n    {") == len(outcomes)
    assert from_data(as_data(whole, tiny.rubric)) == whole


def test_scores_of_other_submissions_leave_no_trace(tiny: Course) -> None:
    """Items that students have in common are made once."""
    scorer = Scorer(tiny.rubric)

    def items(text: str, *outcomes: Outcome) -> object:
        submission = Submission("s", (Unit("", "", (), {"1.1.1": text} if text else {}),))
        verdicts = {"1.1.1": Findings.of(outcomes).verdicts}
        found = scorer.score(submission, verdicts, remarks=(), code=(), late=None)
        fresh = Scorer(tiny.rubric).score(submission, verdicts, remarks=(), code=(), late=None)
        assert found == fresh
        return found.items

    right = replace(FAILED, status=Status.PASSED)
    results = [
        items(""),
        items("", FAILED),
        items("", right),
        items("undefined", right),
        items("the mean is zero"),
    ]
    assert len(set(map(str, results))) == len(results)
    assert [items(""), items("", FAILED), items("", right)] == results[:3]


@pytest.mark.parametrize("show", ["expected", "counterexample", "nothing"])
def test_what_is_kept_is_told_by_the_rubrics_policy(tiny: Course, show: str) -> None:
    policy = Policy(with_show(tiny.rubric, "expected", show))
    for outcome in (FAILED, CRASHED):
        told = policy.told("1.1.1", Findings.of([outcome, MEAN]))
        assert told.outcomes("1.1.1") == (disclosed(outcome, show), MEAN)  # type: ignore[arg-type]
        other = Findings.of([outcome])
        assert policy.told("1.1.2", other) is other
