"""What a failing check may tell, by the rubric's policy: applied when outcomes become a score, so before any report."""

from __future__ import annotations

from dataclasses import replace

from grader.model import Outcome, Status
from grader.rubric import Show

# What these say is not about a hidden input or an expected value.
_OPEN = frozenset({Status.PASSED, Status.NOT_ATTEMPTED, Status.GRADER_ERROR})


def disclosed(outcome: Outcome, show: Show) -> Outcome:
    """`outcome` without what `show` keeps from the student.

    expected        everything: the input, what came back and what was wanted
    counterexample  the input and what came back; not what was wanted, nor the message that compares the two
    nothing         that the check does not hold; not even the text of an exception, which could carry the input
    """
    if show == "expected" or outcome.status in _OPEN:
        return outcome
    if outcome.status is Status.SKIPPED:  # "first mend 'iou', which this builds on (what went wrong)"
        outcome = replace(outcome, message=outcome.message.partition(" (")[0])
        return replace(outcome, counterexample=None, trace=(), output="")
    if show == "nothing":
        return replace(outcome, message="", hint="", counterexample=None, trace=(), output="", training=None)
    example = outcome.counterexample and replace(outcome.counterexample, wanted=None)
    message = "" if outcome.status is Status.FAILED else outcome.message
    return replace(outcome, message=message, hint="", counterexample=example)
