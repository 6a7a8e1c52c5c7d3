"""GitHub Classroom's two worlds: Classroom 50's result.json, and the base64 result of the older autograding actions.

Classroom 50: schema `classroom50/result/v1`; whole points only, and a result
that could not be judged is 0 of 0 with no tests, which is not a zero.
The older one: the `<ID>_RESULTS` variable of `classroom-resources/autograding-grading-reporter`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from grader.errors import UsageError
from grader.exporters.place import place
from grader.exporters.rounding import number, whole
from grader.exporters.settings import Settings
from grader.model import Score
from grader.report.explain import lines
from grader.report.plain import printable
from grader.report.view import ExerciseView, ItemView, Report, State, view
from grader.rubric import Rubric

_VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "owner": "USERNAME",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
    "datetime": "SUBMITTED_AT",
}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


def classroom50(score: Score, rubric: Rubric, settings: Settings, environment: Mapping[str, str]) -> str:
    """result.json of Classroom 50, one test for each exercise.

    environment  the variables its runner sets for an autograder: CLASSROOM, ASSIGNMENT, USERNAME, SUBMISSION_TAG,
                 COMMIT_URL, RELEASE_URL, REVIEW_URL, MODE ("individual" by default), GITHUB_ACTOR, GITHUB_ACTOR_ID,
                 and SUBMITTED_AT, the commit's date in UTC (2026-01-31T23:59:59Z)

    Raises UsageError that names what is missing.
    """
    result = _identity(environment)
    report = view(score, rubric, settings.language)
    if report.faults:
        result |= {"score": 0, "max-score": 0, "tests": []}
    else:
        earned, possible = whole(settings.of(score), settings.worth(score))
        result |= {
            "score": earned,
            "max-score": possible,
            "tests": [_test50(e, settings) for e in report.exercises],
        }
    return json.dumps(result, ensure_ascii=False, indent=1) + "\n"


def _identity(environment: Mapping[str, str]) -> dict[str, Any]:
    found = {**environment, "REVIEW_URL": environment.get("REVIEW_URL") or environment.get("COMMIT_URL", "")}
    missing = [v for v in _VARIABLES.values() if not found.get(v, "").strip()]
    if missing:
        raise UsageError(
            f"classroom50: {', '.join(missing)} not set; its runner sets them, see docs/platforms.md"
        )
    if not _INSTANT.fullmatch(found["SUBMITTED_AT"]):
        raise UsageError(f"SUBMITTED_AT={found['SUBMITTED_AT']}: wanted UTC like 2026-01-31T23:59:59Z")
    result: dict[str, Any] = {"schema": "classroom50/result/v1"}
    result |= {field: found[variable] for field, variable in _VARIABLES.items()}
    result["assignment_type"] = found.get("MODE") or "individual"
    actor = found.get("GITHUB_ACTOR", "").strip()
    if actor:
        id = found.get("GITHUB_ACTOR_ID", "").strip()
        result["submitted_by"] = {"username": actor, "id": int(id) if id.isdecimal() else None}
    return result


def _test50(exercise: ExerciseView, settings: Settings) -> dict[str, Any]:
    earned = sum(i.earned + (i.suggested if settings.total == "provisional" else 0) for i in exercise.items)
    got, possible = whole(earned, exercise.possible)
    return {
        "test-name": f"{exercise.id} {exercise.title}".strip(),
        "passed": exercise.state is State.PASSED,
        "score": got,
        "max-score": possible,
        "state": exercise.state.value,
        "message": printable(_message(exercise, settings.language), lines=True),
    }


# ---------------------------------------------------------------- the older form


def legacy(score: Score, rubric: Rubric, settings: Settings) -> str:
    """One line of base64 for the variable that the grading reporter reads."""
    report = view(score, rubric, settings.language)
    data = {
        "version": 1,
        "status": _status(report),
        "max_score": number(settings.worth(score)),
        "tests": [_legacy_test(e, settings.language) for e in report.exercises],
    }
    return base64.b64encode(json.dumps(data).encode()).decode("ascii") + "\n"


def _status(report: Report) -> str:
    if report.faults:
        return "error"
    lost = any(i.failure for e in report.attempted for i in e.items)
    return "fail" if lost else "pass"


def _legacy_test(exercise: ExerciseView, language: str) -> dict[str, Any]:
    failing = next((i for i in exercise.items if i.failure), None)
    where = place(failing) if failing else None
    return {
        "name": f"{exercise.id} {exercise.title}".strip(),
        "status": _LEGACY[exercise.state],
        "message": _message(exercise, language) or None,
        "test_code": exercise.id,
        "filename": where.path if where else "",
        "line_no": (where.line or 0) if where else 0,
        "execution_time": f"{exercise.seconds:.1f}s",
        "score": number(exercise.earned),
    }


_LEGACY = {
    State.PASSED: "pass",
    State.AWAITS_PERSON: "pass",
    State.PARTIAL: "fail",
    State.FAILED: "fail",
    State.NOT_ATTEMPTED: "fail",
    State.GRADER_ERROR: "error",
    State.NOT_RUN: "pass",
}


def _message(exercise: ExerciseView, language: str) -> str:
    return "\n\n".join(_said(i, language) for i in exercise.items if i.failure)


def _said(item: ItemView, language: str) -> str:
    return "\n".join([f"{item.title}: {item.said}", *lines(item, language)])
