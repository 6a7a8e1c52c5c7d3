"""The catalogues hold every word of the program, and are compiled."""

from __future__ import annotations

import sys

import pytest

from grader.locale import __main__ as locale
from grader.report.texts import words


def test_nothing_is_missing_or_out_of_date(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["locale", "--check"])
    assert locale.main() == 0, capsys.readouterr().out


def test_a_language_that_is_not_there_is_english() -> None:
    assert words("en").gettext("hint") == "hint"
    assert words("zh").gettext("hint") == "提示"
    assert words("fr").gettext("hint") == "hint"
