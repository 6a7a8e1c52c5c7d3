"""Why a point was lost, as labelled lines: the same rows in the terminal, in HTML and on every platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.model import Counterexample, Outcome, Status
from grader.report.plain import points, printable
from grader.report.texts import words
from grader.report.values import show
from grader.report.view import ExerciseView, ItemView, Report

LONGEST = 600


@dataclass(frozen=True)
class Row:
    """One labelled line. `kind` names it for styling: checked, because, with, found, at, got, wanted, printed, hint."""

    kind: str
    label: str
    text: str


def rows(item: ItemView, language: str, *, longest: int = LONGEST) -> tuple[Row, ...]:
    """What was checked, on which input, what came of it and what to do next; () when nothing was lost.

    All of it is fit to print: control characters and direction marks of a student's text are shown as escapes.
    """
    outcome = item.failure
    if outcome is None or outcome.status is Status.NOT_ATTEMPTED:
        return ()
    labels = _labels(language)
    found = (Row(kind, labels[kind], _bounded(text, longest)) for kind, text in _texts(item, outcome))
    return tuple(row for row in found if row.text)


def lines(item: ItemView, language: str) -> list[str]:
    """The rows as plain lines of text."""
    return [f"{row.label}: {row.text}" for row in rows(item, language)]


def headline(exercise: ExerciseView, item: ItemView) -> str:
    """An item named in full: "13.4.2 Two boxes … – Boxes that do not overlap"."""
    return (
        f"{exercise.id} {exercise.title} – {item.title}"
        if exercise.title
        else f"{exercise.id} – {item.title}"
    )


def total(report: Report) -> str:
    """The points in one sentence, and in a second one those that a person still has to confirm."""
    _ = words(report.language).gettext
    text = _("{earned} of {possible} points confirmed").format(
        earned=points(report.confirmed), possible=points(report.possible)
    )
    if report.provisional > report.confirmed:
        more = _("{points} with the written answers (✎) as suggested; a person confirms them")
        text += "\n" + more.format(points=points(report.provisional))
    if report.not_run:
        rest = _("{points} points of training tasks were not run: grade --train")
        text += "\n" + rest.format(points=points(report.not_run))
    if report.withheld:
        rest = _("{points} points are left to your instructor's run")
        text += "\n" + rest.format(points=points(report.withheld))
    late = lateness(report)
    return f"{text}\n{late}" if late else text


def lateness(report: Report) -> str:
    """What coming late costs, or ""."""
    if report.late is None:
        return ""
    said = words(report.language).ngettext(
        "{days} day late: {percent} % of the points, {points}, are taken off",
        "{days} days late: {percent} % of the points, {points}, are taken off",
        report.late.days,
    )
    return said.format(
        days=report.late.days, percent=points(report.late.percent), points=points(report.deducted)
    )


def call(example: Counterexample) -> str:
    """The call that failed, as the student would write it."""
    shown = [show(value) if name.isdigit() else f"{name}={show(value)}" for name, value in example.arguments]
    return f"{example.function}({', '.join(shown)})"


def _labels(language: str) -> dict[str, str]:
    _ = words(language).gettext
    return {
        "checked": _("checked"),
        "because": _("because"),
        "with": _("with"),
        "found": _("found"),
        "at": _("at"),
        "got": _("came back"),
        "wanted": _("wanted"),
        "printed": _("printed"),
        "hint": _("hint"),
    }


def _texts(item: ItemView, outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "checked", item.sentence
    if outcome.status is Status.SKIPPED:
        yield "because", outcome.message
        return
    example = outcome.counterexample
    if example is not None:
        yield "with", call(example)
    yield "found", outcome.message
    fault = outcome.status is Status.GRADER_ERROR
    yield "at", "\n".join(outcome.trace[-1:] if fault else outcome.trace)
    if example is not None and outcome.status is Status.FAILED:
        yield "got", show(example.got) if example.got is not None else ""
        yield "wanted", show(example.wanted) if example.wanted is not None else ""
    yield "printed", outcome.output
    if not fault and item.hints:
        yield "hint", item.hints[0]


def _bounded(text: str, longest: int) -> str:
    shown = printable(text, lines=True).strip()
    return shown if len(shown) <= longest else shown[:longest] + " …"
