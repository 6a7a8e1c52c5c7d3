"""Autolab: the report as text, a line that lays it out, and the line of JSON that Autolab takes the scores from.

Format: "Guide for Lab Authors" and "Formatted Feedback" in Autolab's documentation. The last line counts. A problem that
could not be judged is left out of it, which leaves its score open.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from grader.exporters.rounding import number
from grader.exporters.settings import Settings
from grader.model import Score
from grader.report.explain import headline, lines, total
from grader.report.plain import points
from grader.report.view import ExerciseView, ItemView, Report, State, view
from grader.rubric import Rubric

Problems = Literal["exercise", "section", "total"]


def autolab(score: Score, rubric: Rubric, settings: Settings, problems: Problems = "exercise") -> str:
    """
    problems  what the lab's problems are: one for each exercise ("13.4.2"), one for each section ("13.4"), or a single
              one named `settings.assignment`
    """
    report = view(score, rubric, settings.language)
    stages: dict[str, Any] = {"_presentation": "semantic", "stages": [e.id for e in report.attempted]}
    stages |= {e.id: {i.title: _test(i) for i in e.items if not i.written} for e in report.attempted}
    scores = {name: number(value) for name, value in _scores(report, score, settings, problems)}
    return "\n".join([*_feedback(report), _line(stages), _line({"scores": scores})]) + "\n"


def _scores(report: Report, score: Score, settings: Settings, by: Problems) -> Iterator[tuple[str, float]]:
    if by == "total":
        if not report.faults:
            yield settings.assignment or "total", settings.of(score)
        return
    groups: dict[str, list[ExerciseView]] = {}
    for exercise in report.exercises:
        groups.setdefault(exercise.id if by == "exercise" else exercise.id.rpartition(".")[0], []).append(
            exercise
        )
    for name, members in groups.items():
        if not any(e.state is State.GRADER_ERROR for e in members):
            extra = sum(e.suggested for e in members) if settings.total == "provisional" else 0.0
            yield name, sum(e.earned for e in members) + extra


def _feedback(report: Report) -> Iterator[str]:
    yield from total(report).split("\n")
    for exercise in report.attempted:
        for item in exercise.items:
            if item.failure:
                yield f"{headline(exercise, item)}: {item.said} (-{points(item.lost)})"
                yield from (
                    f"    {part}" for line in lines(item, report.language) for part in line.split("\n")
                )


def _test(item: ItemView) -> dict[str, Any]:
    passed = item.failure is None and bool(item.outcomes)
    return {"passed": passed} if passed or not item.hints else {"passed": passed, "hint": item.hints[0]}


def _line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=True)  # ASCII: nothing in it can end the line early
