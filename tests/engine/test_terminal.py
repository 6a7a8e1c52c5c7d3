"""The terminal report: golden at three widths in both languages, within its width, plain in a pipe."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from golden import same_as_golden
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from sample import ADA, BO, CY, DEE, EVE, FRAN

from grader.course import Course
from grader.model import Remark, Score
from grader.report.explained import lines as explained
from grader.report.terminal import Detail, report
from grader.report.wrap import wrapped
from grader.template import stubs

SCORES = (ADA, BO, CY, DEE, EVE, FRAN)


def printed(
    score: Score,
    course: Course,
    width: int,
    language: str = "en",
    detail: Detail = Detail.NORMAL,
    **how: object,
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, **how)  # type: ignore[arg-type]  # options of Console
    console.print(report(score, course.rubric, language=language, detail=detail))
    return out.getvalue()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_golden(width: int, language: str, tiny: Course) -> None:
    text = "".join(f"=== {s.submission}\n{printed(s, tiny, width, language)}" for s in (BO, CY, FRAN))
    same_as_golden(f"terminal.{width}.{language}.txt", text)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 200])
def test_no_line_is_too_long_or_padded(width: int, detail: Detail, tiny: Course) -> None:
    for score in SCORES:
        for language in ("en", "zh"):
            lines = printed(score, tiny, width, language, detail).split("\n")
            if width >= 40:  # below that a report is still printed, but not pretty
                assert all(line == line.rstrip() for line in lines)
                assert max(map(cell_len, lines)) <= width


def test_quiet_is_one_line(tiny: Course) -> None:
    assert printed(BO, tiny, 80, detail=Detail.QUIET) == "1 of 8 points confirmed\n"


def test_verbose_shows_what_holds(tiny: Course) -> None:
    assert "✓ Inputs untouched" in printed(BO, tiny, 80, detail=Detail.VERBOSE)
    assert "✓ Inputs untouched" not in printed(BO, tiny, 80)


def test_colour_says_nothing_that_words_do_not(tiny: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    colours = printed(BO, tiny, 80, force_terminal=True, color_system="standard")
    assert "\x1b[31m" in colours
    plain = printed(BO, tiny, 80)
    assert Text.from_ansi(colours).plain.strip() == plain.strip()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(BO, tiny, 80, force_terminal=True, color_system="standard")


def test_a_flood_of_remarks_is_cut(tiny: Course) -> None:
    many = replace(ADA, remarks=tuple(Remark("cell 1", f"note {n}") for n in range(50)))
    assert "and 30 more" in printed(many, tiny, 80)


@given(st.text(alphabet=st.sampled_from("ab c，。（）文字宽度 \n(.)"), max_size=80), st.integers(8, 30))
def test_wrapping_loses_nothing_and_keeps_the_width(text: str, width: int) -> None:
    lines = [line.plain for line in wrapped(Text(text), width)]
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_chinese_breaks_between_characters_but_not_before_a_closing_mark() -> None:
    lines = [line.plain for line in wrapped(Text("请先检查参数的范围，再作计算。"), 18)]
    assert lines == ["请先检查参数的范", "围，再作计算。"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_explain(language: str, tiny: Course) -> None:
    section = tiny.rubric.sections[0]
    found = stubs(tiny.reference_file(section).read_text(encoding="utf-8"))
    text = "\n".join(line.plain for line in explained(tiny.rubric, section.exercises[0], found, language, 60))
    same_as_golden(f"explain.{language}.txt", text + "\n")
    assert "1.1 / 2.1" in text
    assert "def total(" in text
    assert "sum_up" in text
