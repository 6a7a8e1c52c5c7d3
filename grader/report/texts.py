"""The engine's own words in the reader's language: gettext catalogues in grader/locale, made by `make locale`."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from grader.model import Status, SubmissionStatus

LOCALE = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = ("en", "zh")


@cache
def words(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what the program itself is written in."""
    return gettext.translation("grader", LOCALE, languages=[language], fallback=True)


@cache
def status_words(language: str) -> Mapping[Status, str]:
    """What a status is called beside a lost point."""
    _ = words(language).gettext
    return {
        Status.PASSED: _("holds"),
        Status.FAILED: _("does not hold"),
        Status.CRASHED: _("your code raised an error"),
        Status.TIMED_OUT: _("took too long"),
        Status.OUT_OF_MEMORY: _("asked for too much memory"),
        Status.FORBIDDEN: _("not allowed"),
        Status.FLAKY: _("not reproducible"),
        Status.SKIPPED: _("not judged"),
        Status.NOT_ATTEMPTED: _("not written yet"),
        Status.GRADER_ERROR: _("the grader's own fault, please report it"),
        Status.NOT_RUN: _("not run: it trains a net, which takes time (grade --train)"),
    }


def row_words(language: str) -> dict[SubmissionStatus, str]:
    """The statuses as grades.csv names them."""
    _ = words(language).gettext
    return {
        SubmissionStatus.GRADED: _("graded"),
        SubmissionStatus.UNUSABLE: _("unusable"),
        SubmissionStatus.GRADER_ERROR: _("grader_error"),
        SubmissionStatus.MISSING: _("missing"),
    }


def submission_words(language: str) -> dict[SubmissionStatus, str]:
    """What became of a submission, in a table."""
    _ = words(language).gettext
    return {
        SubmissionStatus.GRADED: _("graded"),
        SubmissionStatus.UNUSABLE: _("unusable"),
        SubmissionStatus.GRADER_ERROR: _("needs a person"),
        SubmissionStatus.MISSING: _("nothing handed in"),
    }
