"""A verdict as a fragment of HTML for the output of a notebook's cell; its style touches nothing but itself."""

from __future__ import annotations

from markupsafe import Markup

from grader.model import Score
from grader.report.html.page import HERE, render
from grader.report.html.student import finding
from grader.report.view import view
from grader.rubric import Rubric


def cell_report(score: Score, rubric: Rubric, language: str) -> str:
    """The attempted exercises with what they lost, and the total."""
    report = view(score, rubric, language)
    shows = {f.name: f.shows for s in rubric.sections for f in s.functions}
    exercises = [(e, [finding(i, shows, language) for i in (*e.items, *e.not_run)]) for e in report.attempted]
    scoped = Markup((HERE / "cell.css").read_text(encoding="utf-8"))
    return render("cell.html", language, report=report, exercises=exercises, scoped=scoped)
