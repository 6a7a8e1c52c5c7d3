"""A class's results as a table for the terminal."""

from __future__ import annotations

from rich.table import Table

from grader.model import ClassResult, SubmissionStatus
from grader.report.plain import points, printable
from grader.report.texts import row_words, words

TOTALS_WIDTH, EXERCISE_WIDTH = 50, 9


def class_table(result: ClassResult, width: int, language: str = "en") -> Table:
    """One row a student: status, total, and the points of each exercise where `width` has room for all of them."""
    _, statuses = words(language).gettext, row_words(language)
    fits = TOTALS_WIDTH + EXERCISE_WIDTH * len(result.exercises) <= width
    columns = result.exercises if fits else ()
    table = Table(title=None, header_style="bold", pad_edge=False)
    table.add_column(_("student"))
    table.add_column(_("status"))
    table.add_column(_("confirmed"), justify="right")
    table.add_column(_("with ✎"), justify="right")
    for exercise in columns:
        table.add_column(exercise, justify="right")
    for row in sorted(result.students, key=lambda r: r.student):
        if row.score is None:
            table.add_row(
                printable(row.student), f"[red]{statuses[row.status]}[/]", "–", "–", *("–" for _ in columns)
            )
            continue
        score = row.score
        style = "magenta" if row.status is not SubmissionStatus.GRADED else "green"
        cells = [points(sum(i.earned for i in score.items if i.exercise == e)) for e in columns]
        total = f"{points(score.confirmed)} / {points(score.possible)}"
        table.add_row(
            printable(row.student),
            f"[{style}]{statuses[row.status]}[/]",
            total,
            points(score.provisional),
            *cells,
        )
    return table
