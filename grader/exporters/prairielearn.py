"""PrairieLearn: results.json of an external grader.

Format: "External Grading" in PrairieLearn's documentation: a score between 0 and 1, at most 1 MB in all, and
`gradable: false` for what was not a valid answer, which costs the student no attempt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.exporters.pictures import as_url
from grader.exporters.rounding import number
from grader.exporters.settings import Settings
from grader.model import Score, StudentResult
from grader.report.explain import lines, total
from grader.report.plain import printable
from grader.report.texts import words
from grader.report.view import ExerciseView, ItemView, view
from grader.rubric import Rubric

MOST_BYTES = 1_000_000


def results(
    result: StudentResult, rubric: Rubric, settings: Settings, pictures: Mapping[str, str] | None = None
) -> str:
    """
    pictures  check → SVG; those that do not fit into 1 MB are left out, later ones first
    """
    if result.score is None:
        data = {"gradable": False, "format_errors": [printable(result.message)]}
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    kept = dict(pictures or {})
    text = _text(result.score, rubric, settings, kept)
    while kept and len(text.encode()) > MOST_BYTES:
        kept.popitem()
        text = _text(result.score, rubric, settings, kept)
    return text


def _text(score: Score, rubric: Rubric, settings: Settings, pictures: Mapping[str, str]) -> str:
    report = view(score, rubric, settings.language)
    _ = words(settings.language).gettext
    data: dict[str, Any] = {"gradable": not report.faults}
    if report.faults:
        data["format_errors"] = [
            _("Some items could not be judged, which is the grader's own fault: a person looks at them.")
        ]
    else:
        data["score"] = number(settings.of(score) / settings.worth(score), 6) if settings.worth(score) else 0
    data["message"] = total(report)
    data["output"] = "\n".join(f"{printable(r.where)}: {printable(r.message)}" for r in report.remarks)
    data["tests"] = [_test(e, i, settings.language, pictures) for e in report.exercises for i in e.items]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _test(
    exercise: ExerciseView, item: ItemView, language: str, pictures: Mapping[str, str]
) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{exercise.id} {item.title}",
        "description": item.sentence or (item.sentences[0] if item.sentences else item.question),
        "message": item.said,
        "output": "\n".join(lines(item, language)),
    }
    if not item.waits:  # without points a test is shown, but says nothing about a score
        test |= {"points": number(item.earned), "max_points": number(item.possible)}
    drawn = pictures.get(item.failure.check) if item.failure else None
    if drawn:
        test["images"] = [{"label": item.title, "url": as_url(drawn)}]
    return test
