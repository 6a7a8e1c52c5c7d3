"""The HTML report: golden files in both languages, nothing loaded from elsewhere, nothing of a student's taken for markup."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from golden import same_as_golden
from sample import ADA, BO, CY, DEE, EVE, FRAN

from grader.course import Course
from grader.model import Score
from grader.report.html import student_report

WHEN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
VOID = frozenset({"meta", "br", "img", "link", "input", "hr", "path", "rect", "image", "circle"})


class Structure(HTMLParser):
    """Every tag, and whether they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(k, v or "") for k, v in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(k, v or "") for k, v in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(score: Score, course: Course, language: str = "en") -> str:
    return student_report(score, course.rubric, language, graded_at=WHEN)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("score", [ADA, BO, FRAN], ids=lambda s: s.submission)
def test_golden(score: Score, language: str, tiny: Course) -> None:
    text = page(score, tiny, language)
    without_style = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.S)
    same_as_golden(f"report.{score.submission}.{language}.html", without_style)


@pytest.mark.parametrize("score", [ADA, BO, CY, DEE, EVE, FRAN], ids=lambda s: s.submission)
def test_the_page_is_whole_and_loads_nothing(score: Score, tiny: Course) -> None:
    structure = Structure()
    structure.feed(page(score, tiny))
    assert structure.open == []
    assert not {"script", "link", "iframe", "object", "form"} & set(structure.tags)
    loaded = [
        v
        for k, v in structure.attributes
        if k in ("src", "href") and not v.startswith(("#", "data:image/png;base64,"))
    ]
    assert loaded == []
    assert not [k for k, _ in structure.attributes if k.startswith("on")]


def test_every_lost_item_says_why_and_shows_the_code(tiny: Course) -> None:
    text = page(BO, tiny)
    assert "1, wanted 0 (difference 1, allowed 1e-05)" in text
    assert "def" in text
    assert "make_scaler" in text
    assert text.count('class="line failing"') == 1, "the line of the traceback"
    assert "\\x1b[2J" in text, "control characters are made visible"


def test_style_is_ours_alone() -> None:
    style = (Path(student_report.__code__.co_filename).parent / "style.css").read_text()
    assert "url(" not in style
    assert "@import" not in style
