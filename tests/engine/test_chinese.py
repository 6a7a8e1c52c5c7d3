"""A Chinese report is Chinese: of students of the demo class, graded for real, in the page, in the terminal and on platforms."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from conftest import REPOSITORY

from grader.course import Course, find_course
from grader.exporters import Settings
from grader.exporters.gradescope import results
from grader.model import Score, Status
from grader.report.html import student_report
from grader.report.terminal import Detail, lines
from grader.report.view import view
from grader.single import grade_one, warming

CLASS = REPOSITORY / "tests" / "demo" / "class"
STUDENTS = (("bo", ["13.4.2", "13.10.1"]), ("fay", ["13.3.2"]))
SENTENCE = re.compile(r"[A-Za-z][a-z']+(?:,? [a-z][a-z']+){2,}")
"""three English words in a row"""


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return [_without_own_words(_graded(CLASS / name, chosen)) for name, chosen in STUDENTS]


def _graded(path: Path, exercises: list[str]) -> Score:
    course = find_course()
    with warming(course, path) as launcher:
        return grade_one(path, course, launcher, exercises=exercises)


def _without_own_words(score: Score) -> Score:
    """What students wrote and what their code raised stays in their language."""
    items = tuple(
        replace(
            i,
            answer="",
            outcomes=tuple(replace(o, message="") if o.status is Status.CRASHED else o for o in i.outcomes),
        )
        for i in score.items
    )
    return replace(score, items=items, code=())


@pytest.mark.slow
def test_no_english_sentence_is_left(scores: list[Score], course: Course) -> None:
    assert any(o.status is Status.FAILED for s in scores for i in s.items for o in i.outcomes)
    for score in scores:
        page = re.sub(
            r"<(style|pre|code|svg)\b.*?</\1>|<[^>]*>",
            " ",
            student_report(score, course.rubric, "zh"),
            flags=re.S,
        )
        assert "已确认" in page
        assert SENTENCE.findall(unescape(page)) == []
        for detail in Detail:
            text = "\n".join(line.plain for line in lines(view(score, course.rubric, "zh"), 100, detail))
            assert SENTENCE.findall(text) == []
        data = results(score, course.rubric, Settings("zh"))
        assert SENTENCE.findall(re.sub(r"<pre>.*?</pre>|<[^>]*>", " ", data)) == []


@pytest.mark.slow
def test_the_same_results_are_english_in_english(scores: list[Score], course: Course) -> None:
    page = student_report(scores[0], course.rubric, "en")
    assert len(SENTENCE.findall(re.sub(r"<(style|pre|code)\b.*?</\1>|<[^>]*>", " ", page, flags=re.S))) > 10
