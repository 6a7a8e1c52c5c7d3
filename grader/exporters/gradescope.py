"""Gradescope: results.json of an autograder, whole or as far as it came.

Format: https://gradescope-autograders.readthedocs.io/en/latest/specs/. A test without a score is shown and counts
nothing: so are written answers that wait for a person, and what our own fault kept from being judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from grader.exporters.html_text import explanation
from grader.exporters.pictures import as_url, pictures
from grader.exporters.rounding import number
from grader.exporters.settings import Settings
from grader.model import Score, Status
from grader.report.explain import total
from grader.report.plain import printable
from grader.report.texts import words
from grader.report.view import ExerciseView, ItemView, Report, view
from grader.rubric import Rubric


def results(score: Score, rubric: Rubric, settings: Settings, *, unfinished: bool = False) -> str:
    """results.json; `unfinished`: written while checks still run, so that a time limit leaves what was judged."""
    report = view(score, rubric, settings.language)
    drawn = pictures(score, rubric, settings.language)
    data = {
        "score": number(settings.of(score)),
        "execution_time": round(sum(e.seconds for e in report.exercises)),
        "output": _overview(report, unfinished),
        "output_format": "text",
        "test_output_format": "html",
        "test_name_format": "text",
        "visibility": settings.visibility,
        "stdout_visibility": "hidden",
        "extra_data": {"grader": {"format": 1, "course": rubric.course.id, "unfinished": unfinished}},
        "tests": [
            _test(exercise, item, settings, drawn) for exercise in report.exercises for item in exercise.items
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def unusable(message: str) -> str:
    """results.json for a submission in which there is nothing to grade: the student reads why and can hand in again.

    Gradescope takes no result without a score, so this is the one place where it has to be 0; `extra_data` tells.
    """
    data = {
        "score": 0,
        "output": printable(message, lines=True),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"grader": {"format": 1, "status": "unusable"}},
        "tests": [],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _overview(report: Report, unfinished: bool) -> str:
    _ = words(report.language).gettext
    lines = [total(report)]
    if unfinished:
        lines.append(_("The time limit ended the grading early: what is not listed was not judged."))
    if report.faults:
        lines.append(
            _("Some items could not be judged, which is the grader's own fault: a person looks at them.")
        )
    lines += [f"{printable(r.where)}: {printable(r.message)}" for r in report.remarks]
    return "\n".join(lines)


def _test(
    exercise: ExerciseView, item: ItemView, settings: Settings, drawn: Mapping[str, str]
) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{exercise.title} – {item.title}" if exercise.title else item.title,
        "number": exercise.id,
        "output": str(_output(item, settings.language) + _picture(item, drawn)),
        "tags": [exercise.id.rpartition(".")[0], item.status.value if item.status else "awaits_person"],
        "visibility": settings.visibility,
        "extra_data": {"item": item.id},
    }
    if not item.written and item.status is not Status.GRADER_ERROR:
        passed = item.status is Status.PASSED
        test |= {
            "score": number(item.earned),
            "max_score": number(item.possible),
            "status": "passed" if passed else "failed",
        }
    return test


def _picture(item: ItemView, drawn: Mapping[str, str]) -> Markup:
    svg = drawn.get(item.failure.check) if item.failure else None
    if svg is None:
        return Markup("")
    return Markup('\n<p><img style="max-width:100%" alt="{}" src="{}"></p>').format(item.title, as_url(svg))


def _output(item: ItemView, language: str) -> Markup:
    if not item.written:
        return explanation(item, language)
    _ = words(language).gettext
    parts = [
        Markup("<p><b>{}</b> {}</p>").format(item.said if item.waits else _("not written yet"), item.question)
    ]
    if item.waits:
        suggested = _("the wording suggests {suggested} of {possible} points").format(
            suggested=number(item.suggested), possible=number(item.possible)
        )
        parts.append(Markup("<p>{}</p>").format(suggested))
    return Markup("\n").join(parts)
