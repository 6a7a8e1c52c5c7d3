"""The instructor's page about a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from grader.model import ClassResult
from grader.report.class_view import MOST_NAMES, ClassReport, Mistake, class_view
from grader.report.draw import figures
from grader.report.draw.svg import element, picture, text
from grader.report.explain import call
from grader.report.html.page import render
from grader.report.texts import submission_words, words
from grader.rubric import Rubric
from grader.similar import Pair


@dataclass(frozen=True)
class _Shown:
    mistake: Mistake
    names: tuple[str, ...]
    more: int
    example: str
    picture: Markup | None


def class_page(
    result: ClassResult,
    rubric: Rubric,
    language: str,
    *,
    similar: Sequence[Pair] = (),
    compared: bool = True,
    graded_at: datetime | None = None,
) -> str:
    """The whole page.

    similar   pairs to look at; `compared` says whether anything was compared at all
    """
    report = class_view(result, rubric, language)
    shows = {f.name: f.shows for s in rubric.sections for f in s.functions}
    return render(
        "class.html",
        language,
        report=report,
        statuses={submission_words(language)[s]: n for s, n in report.statuses.items()},
        histogram=Markup(_histogram(report)),
        mistakes=[_shown(m, shows, language) for m in report.mistakes],
        similar=similar,
        compared=compared,
        graded_at=graded_at,
    )


def _shown(mistake: Mistake, shows: Mapping[str, Mapping[str, str]], language: str) -> _Shown:
    example = mistake.example.counterexample
    drawn = figures(example, shows.get(example.function, {}), language) if example else ()
    return _Shown(
        mistake,
        mistake.students[:MOST_NAMES],
        max(0, len(mistake.students) - MOST_NAMES),
        call(example)[:400] if example else "",
        Markup(drawn[0].svg) if drawn else None,
    )


def _histogram(report: ClassReport) -> str:
    """Students by share of the points, as bars with their numbers."""
    _ = words(report.language).gettext
    width, height, left, top = 46.0, 120.0, 12.0, 22.0
    most = max(report.bins, default=0) or 1
    shapes = []
    for number, count in enumerate(report.bins):
        x, tall = left + number * width, height * count / most
        shapes.append(
            element(
                "rect",
                x=x + 3,
                y=top + height - tall,
                width=width - 6,
                height=max(tall, 1.0),
                rx=3,
                fill="var(--passed,#1a7f37)",
            )
        )
        if count:
            shapes.append(
                text(
                    x + width / 2,
                    top + height - tall - 5,
                    str(count),
                    text_anchor="middle",
                    fill="var(--ink,#1f2328)",
                )
            )
        shapes.append(text(x, top + height + 16, f"{10 * number}", text_anchor="middle", font_size=10))
    shapes.append(
        text(left + len(report.bins) * width, top + height + 16, "100 %", text_anchor="middle", font_size=10)
    )
    label = _("Students by share of the points")
    return picture(left + len(report.bins) * width + 22, top + height + 26, shapes, label)
