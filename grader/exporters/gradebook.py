"""What Canvas, Moodle and Brightspace have in common: a grade where there is one, and who got none and why.

A student without a result, with one that could not be read, or one that our own fault kept from being judged, gets no
grade: not a zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.exporters.rounding import text
from grader.exporters.settings import Settings
from grader.model import ClassResult, StudentResult, SubmissionStatus
from grader.report.texts import submission_words


def grade(student: StudentResult | None, settings: Settings) -> str:
    """The grade as the platform takes it, or "" where there is none."""
    if student is None or student.status is not SubmissionStatus.GRADED or student.score is None:
        return ""
    return text(settings.of(student.score))


def unmatched(result: ClassResult, matched: dict[int, StudentResult]) -> tuple[str, ...]:
    found = {s.student for s in matched.values()}
    return tuple(s.student for s in result.students if s.student not in found)


def blank(
    names: Sequence[str], matched: dict[int, StudentResult], settings: Settings
) -> tuple[tuple[str, str], ...]:
    said = submission_words(settings.language)
    rows = ((name, matched.get(n)) for n, name in enumerate(names))
    return tuple(
        (name, said[student.status if student else SubmissionStatus.MISSING])
        for name, student in rows
        if grade(student, settings) == ""
    )
