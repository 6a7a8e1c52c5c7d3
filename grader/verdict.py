"""How a check ended → the fields of an `Outcome`. An exception nobody foresaw is the grader's own fault."""

from __future__ import annotations

import inspect
import traceback
from typing import Any

from hypothesis.errors import Flaky

from grader.checks import Disagreement
from grader.errors import Crashed, Died, Diverged, Forbidden, NotAttempted, NotRecorded, OutOfMemory, TimedOut
from grader.evidence import describe
from grader.model import Counterexample, Status
from grader.subject import Call
from grader.version_rot import advice

_STATUS: tuple[tuple[type[BaseException], Status], ...] = (
    (Disagreement, Status.FAILED),
    (Diverged, Status.FAILED),
    (Crashed, Status.CRASHED),
    (Died, Status.CRASHED),
    (NotAttempted, Status.NOT_ATTEMPTED),
    (TimedOut, Status.TIMED_OUT),
    (OutOfMemory, Status.OUT_OF_MEMORY),
    (Forbidden, Status.FORBIDDEN),
    (Flaky, Status.FLAKY),
    (NotRecorded, Status.NOT_RUN),
)

DIVERGED = (
    "Nothing learns from NaN. Lower the learning rate; take the logarithm of a softmax with log_softmax, never log of "
    "softmax; see that no division or logarithm meets 0; zero the gradients before each backward."
)


def verdict(error: BaseException | None, call: Call | None) -> dict[str, Any]:
    """Status, message, hint, convention, counterexample and trace for a check that ended with `error`."""
    if error is None:
        return {"status": Status.PASSED}
    error = _the_cause(error)
    status = next((s for kind, s in _STATUS if isinstance(error, kind)), Status.GRADER_ERROR)
    found: dict[str, Any] = {"status": status, "message": _message(error, status)}
    if status is Status.GRADER_ERROR:
        return found | {"trace": tuple(traceback.format_exception(error)[-6:])}
    if call is not None and status not in (Status.NOT_ATTEMPTED, Status.NOT_RUN):
        found["counterexample"] = _counterexample(call, error)
    if isinstance(error, Disagreement):
        found |= {"hint": error.hint or "", "convention": error.convention or ""}
    if isinstance(error, Diverged):
        found["hint"] = DIVERGED
    if isinstance(error, Crashed):
        found |= {"trace": error.trace, "hint": advice(str(error))}
    return found


def _the_cause(error: BaseException) -> BaseException:
    """Hypothesis reports a failure that did not repeat as a group; the group itself says so."""
    while (
        isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1 and not isinstance(error, Flaky)
    ):
        error = error.exceptions[0]
    return error


def _message(error: BaseException, status: Status) -> str:
    if status is Status.GRADER_ERROR:
        return f"{type(error).__name__}: {error}"[:2000]
    if status is Status.FLAKY:
        return "the same input gave different results in two runs"
    return str(error)[:2000]


def _counterexample(call: Call, error: BaseException) -> Counterexample:
    got = error.got if isinstance(error, Disagreement) else None
    wanted = error.wanted if isinstance(error, Disagreement) else None
    arguments = [(str(i + 1), describe(a)) for i, a in enumerate(call.args)]
    arguments += [(k, describe(v)) for k, v in call.kwargs.items()]
    return Counterexample(call.name, tuple(arguments), describe(got), describe(wanted))


def sentence(function: Any) -> str:
    """What a check claims: its docstring on one line."""
    return " ".join((inspect.getdoc(function) or "").split())
