"""The pages in a real browser: phone and desktop, both languages, dark, light and print. Nothing overflows, pictures are there.

Needs Debian's `chromium` and playwright; skipped with the reason where one is missing. SCREENSHOTS=DIR keeps the pictures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY
from drawn import EXAMPLES, drawn
from sample import GUY

from grader.course import Course
from grader.model import ClassResult
from grader.report.html import class_page, student_report
from grader.report.html.cell import cell_report
from grader.report.stored import student_result
from grader.similar import Pair

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed (pip install '.[dev]')"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path (apt-get install chromium)"),
]
WHEN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
WIDTHS = {"phone": 360, "tablet": 768, "desktop": 1280}

# Elements that reach beyond the window, but for what a parent cuts off on purpose.
_BEYOND = """() => [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect();
    if (!box.width || (box.right <= innerWidth + 0.5 && box.left >= -0.5)) return false;
    for (let p = e.parentElement; p; p = p.parentElement)
        if (getComputedStyle(p).overflowX === 'hidden' || p.tagName === 'svg') return false;
    return true;
}).map(e => e.tagName + '.' + e.className)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    pages = []

    def open(text: str, name: str, width: int, scheme: str = "light") -> Any:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        pages.append(page)
        page.on("request", lambda r: loaded.append(r.url))
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        if os.environ.get("SCREENSHOTS"):
            page.screenshot(
                path=Path(os.environ["SCREENSHOTS"]) / f"{name}.{width}.{scheme}.png", full_page=True
            )
        return page

    loaded: list[str] = []
    yield open
    for page in pages:
        page.close()
    assert all(url.startswith(("file:", "data:")) for url in loaded), "a page loads nothing from elsewhere"


def fits(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page can be scrolled sideways"
    )
    assert page.evaluate(_BEYOND) == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", WIDTHS)
def test_a_students_report(size: str, language: str, course: Course, opened: Any) -> None:
    text = student_report(drawn(course), course.rubric, language, graded_at=WHEN)
    page = opened(text, f"student.{language}", WIDTHS[size])
    fits(page)
    boxes = [figure.bounding_box() for figure in page.query_selector_all("figure:not(.code) > svg")]
    assert len(boxes) >= len(EXAMPLES)
    assert all(box and box["width"] > 80 and box["height"] > 20 for box in boxes)
    kinds = set(page.eval_on_selector_all("figure:not(.code)", "all => all.map(f => f.className)"))
    assert {"boxes", "matrix", "image", "mask"} <= kinds
    assert page.query_selector("figure.code .line") is not None
    assert page.inner_text("h1") == "Ada Byron"


def test_dark_is_dark_and_light_is_light(course: Course, opened: Any) -> None:
    text = student_report(drawn(course), course.rubric, "en", graded_at=WHEN)
    colours = """[getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('figure rect[stroke]')).stroke]"""
    light, dark = (opened(text, "scheme", 1280, s).evaluate(colours) for s in ("light", "dark"))
    assert light[0] == "rgb(255, 255, 255)"
    assert dark[0] == "rgb(13, 17, 23)"
    assert light[1] != dark[1], "pictures follow the page"


def test_it_prints(course: Course, opened: Any, tmp_path: Path) -> None:
    page = opened(student_report(drawn(course), course.rubric, "en", graded_at=WHEN), "print", 1280, "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 10_000


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_class_report(size: str, language: str, course: Course, opened: Any) -> None:
    students = tuple(student_result(n, drawn(course, n)) for n in ("ada", "bo", "陈小明", "x" * 80))
    ids = tuple(dict.fromkeys(i.exercise for i in drawn(course).items))
    result = ClassResult(ids, (*students, GUY))
    text = class_page(result, course.rubric, language, similar=(Pair("ada", "bo", 0.9, 400),), graded_at=WHEN)
    page = opened(text, f"class.{language}", WIDTHS[size])
    fits(page)
    assert page.query_selector(".histogram svg") is not None
    assert len(page.query_selector_all("article")) == len(EXAMPLES)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_under_a_cell(size: str, course: Course, opened: Any) -> None:
    text = f"<!doctype html><body style='margin:8px'>{cell_report(drawn(course), course.rubric, 'en')}</body>"
    page = opened(text, "cell", WIDTHS[size])
    fits(page)
    assert len(page.query_selector_all("figure > svg")) >= len(EXAMPLES)


def test_what_the_tests_draw_is_of_the_course(course: Course) -> None:
    assert course.root == REPOSITORY
    items = {(e.id, i.id) for _, e, i in course.rubric.rows()}
    assert EXAMPLES.keys() <= items
