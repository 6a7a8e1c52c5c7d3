"""The instructor's page: who counts, what is grouped, which pairs are shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from golden import same_as_golden
from sample import CLASS
from test_html import Structure

from grader.course import Course
from grader.model import SubmissionStatus
from grader.report.class_view import class_view
from grader.report.html import class_page
from grader.report.view import State
from grader.similar import Pair, similar_pairs

WHEN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[2]


def test_only_graded_submissions_count(tiny: Course) -> None:
    report = class_view(CLASS, tiny.rubric, "en")
    assert report.statuses == {
        SubmissionStatus.GRADED: 4,
        SubmissionStatus.GRADER_ERROR: 1,
        SubmissionStatus.UNUSABLE: 1,
    }
    assert sum(report.bins) == 4
    assert report.mean == pytest.approx((7 + 1 + 1 + 0) / 4)


def test_our_own_fault_spoils_no_pass_rate(tiny: Course) -> None:
    module = class_view(CLASS, tiny.rubric, "en").exercises[1]
    assert module.counts[State.GRADER_ERROR] == 1
    assert module.attempted == 2
    assert module.pass_rate == 0.5


def test_mistakes_are_grouped_by_the_property_that_failed(tiny: Course) -> None:
    mistakes = class_view(CLASS, tiny.rubric, "en").mistakes
    assert {m.check: m.students for m in mistakes} == {
        "total_of_a_vector": ("bo",),
        "total_of_nothing": ("陈 小明",),
        "total_leaves_its_input_alone": ("陈 小明",),
        "mean_of_a_vector": ("陈 小明",),
        "scaler_scales": ("bo",),
    }


def test_what_needs_a_person_is_listed(tiny: Course) -> None:
    report = class_view(CLASS, tiny.rubric, "en")
    assert [(a.student, a.what) for a in report.attention] == [
        ("=dee", "needs a person"),
        ("guy", "unusable"),
        ("陈 小明", "1.1.1 Mean: took too long"),
    ]
    assert report.waiting == {"1.1.1": 2}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_golden(language: str, tiny: Course) -> None:
    pairs = (Pair("ada", "<b>bo", 0.93, 400),)
    text = class_page(CLASS, tiny.rubric, language, similar=pairs, graded_at=WHEN)
    same_as_golden(
        f"class.{language}.html", re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.S)
    )
    structure = Structure()
    structure.feed(text)
    assert structure.open == []
    assert "script" not in structure.tags


def test_renamed_copies_are_found_and_independent_answers_are_not() -> None:
    folder = REPOSITORY / "tests" / "submissions" / "right"
    names = ("loops", "numpy", "own_way", "torchvision")
    code = {name: (folder / f"s04_{name}.py").read_text(encoding="utf-8") for name in names}
    copied = re.sub(r"\b(boxes\d?|anchors|scores|iou)\b", r"my_\1", code["own_way"]).replace(
        "\n\n\n", "\n# mine\n\n"
    )
    handed_out = [(REPOSITORY / "student_template" / "s04_anchor_boxes.py").read_text(encoding="utf-8")]
    assert similar_pairs(code, handed_out) == ()
    found = similar_pairs({**code, "copy": copied}, handed_out)
    assert [(p.one, p.other) for p in found] == [("copy", "own_way")]
    assert found[0].share > 0.9


def test_what_everybody_was_given_or_has_is_no_likeness() -> None:
    shared = (REPOSITORY / "tests" / "submissions" / "right" / "s04_book.py").read_text(encoding="utf-8")
    assert similar_pairs({"ada": shared, "bo": shared}, [shared]) == ()
    assert similar_pairs({str(n): shared for n in range(12)}) == (), "a whole class that follows the book"
    assert len(similar_pairs({"ada": shared, "bo": shared})) == 1
    assert similar_pairs({}) == ()
