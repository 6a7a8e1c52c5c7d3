"""One submission's report: score by section, every item, and for a lost one the counterexample drawn beside the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from grader.model import Picture, Score, Status, Training
from grader.report.code import Line, code_lines
from grader.report.draw import figures, training_figures
from grader.report.draw.grid import is_base64
from grader.report.explain import Row, lateness, rows
from grader.report.html.page import render
from grader.report.view import ExerciseView, ItemView, SectionView, State, view
from grader.rubric import Rubric

_LONGEST = 2000


@dataclass(frozen=True)
class _Drawn:
    kind: str
    svg: Markup
    caption: str = ""


@dataclass(frozen=True)
class _Listing:
    """A piece of the student's code; `failing` lines are those of the traceback."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Trained:
    """What a training task measured: metrics of each run, curves, and what the net makes of a few pictures."""

    training: Training
    curves: tuple[_Drawn, ...]
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Finding:
    """An item with what a page shows of it."""

    item: ItemView
    mark: str
    rows: tuple[Row, ...]
    pictures: tuple[_Drawn, ...]
    listings: tuple[_Listing, ...]
    trained: Trained | None = None


@dataclass(frozen=True)
class _Exercise:
    exercise: ExerciseView
    mark: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Section:
    section: SectionView
    exercises: tuple[_Exercise, ...]


_MARKS = {
    State.PASSED: "passed",
    State.PARTIAL: "failed",
    State.FAILED: "failed",
    State.NOT_ATTEMPTED: "open",
    State.AWAITS_PERSON: "waits",
    State.GRADER_ERROR: "fault",
    State.NOT_RUN: "not-run",
}


def student_report(score: Score, rubric: Rubric, language: str, *, graded_at: datetime | None = None) -> str:
    """The whole page."""
    report = view(score, rubric, language)
    shows = {f.name: f.shows for s in rubric.sections for f in s.functions}
    sections = tuple(
        _Section(
            section,
            tuple(
                _Exercise(
                    e, _MARKS[e.state], tuple(finding(i, shows, language) for i in (*e.items, *e.not_run))
                )
                for e in section.exercises
            ),
        )
        for section in report.sections
    )
    return render(
        "student.html", language, report=report, sections=sections, graded_at=graded_at, late=lateness(report)
    )


def finding(item: ItemView, shows: Mapping[str, Mapping[str, str]], language: str) -> Finding:
    """An item ready for a page: also what a notebook shows under a cell."""
    lost = item.failure is not None and item.failure.status not in (Status.NOT_ATTEMPTED, Status.SKIPPED)
    example = item.failure.counterexample if item.failure and lost else None
    drawn = figures(example, shows.get(example.function, {}), language) if example else ()
    pictures = tuple(
        _Drawn(f.kind, Markup(f.svg)) for f in drawn
    )  # our own SVG, in which everything is escaped
    listings = _listings(item) if lost else ()
    explained = rows(item, language, longest=_LONGEST)
    return Finding(item, _mark(item), explained, pictures, listings, _trained(item, language))


def _trained(item: ItemView, language: str) -> Trained | None:
    training = next((o.training for o in item.outcomes if o.training is not None), None)
    if training is None:
        return None
    curves = tuple(_Drawn(f.kind, Markup(f.svg), f.label) for f in training_figures(training, language))
    return Trained(training, curves, tuple(p for p in training.pictures if is_base64(p.png)))


def _mark(item: ItemView) -> str:
    if item.waits:
        return "waits"
    marks = {
        Status.PASSED: "passed",
        Status.NOT_ATTEMPTED: "open",
        Status.SKIPPED: "skipped",
        Status.GRADER_ERROR: "fault",
        Status.NOT_RUN: "not-run",
    }
    return marks.get(item.status, "failed") if item.status else "waits"


def _listings(item: ItemView) -> tuple[_Listing, ...]:
    """The function that was called, or all of the item's when another one was."""
    assert item.failure is not None  # only lost items have listings
    called = item.failure.counterexample.function if item.failure.counterexample else ""
    code = [c for c in item.code if c.function == called] or list(item.code)
    return tuple(_Listing(f"{c.where}", code_lines(c, item.failure.trace)) for c in code)
