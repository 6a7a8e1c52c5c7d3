"""The drawn counterexamples of a submission, as files of their own."""

from __future__ import annotations

import base64

from grader.model import Score, Status
from grader.report.draw import figures, standalone
from grader.rubric import Rubric


def pictures(score: Score, rubric: Rubric, language: str) -> dict[str, str]:
    """check → SVG of its most telling picture, for every lost check that has one."""
    shows = {f.name: f.shows for s in rubric.sections for f in s.functions}
    found: dict[str, str] = {}
    for outcome in (o for i in score.items for o in i.outcomes):
        example = outcome.counterexample
        if example is None or outcome.status is Status.SKIPPED:
            continue
        drawn = figures(example, shows.get(example.function, {}), language)
        if drawn:
            found[outcome.check] = standalone(drawn[0].svg)
    return found


def as_url(svg: str) -> str:
    """A picture as a data: URL."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")
