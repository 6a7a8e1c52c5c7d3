"""The two streams of the command, and what goes onto them: language, progress, a student's text made harmless."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import typer
from rich.console import Console

from grader.errors import UsageError


def console() -> Console:
    """Where results go. In a pipe, and where NO_COLOR is set, it is plain text."""
    return Console(highlight=False, soft_wrap=False)


def errors() -> Console:
    """Where everything goes that is no result."""
    return Console(stderr=True, highlight=False)


def language_of(chosen: str) -> str:
    """The language chosen on the command line, else that of the environment. Raises UsageError for an unknown one."""
    if chosen not in ("", "en", "zh"):
        raise UsageError(f"--lang {chosen}: wanted en or zh")
    environment = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return chosen or ("zh" if environment.startswith("zh") else "en")


def complain(style: str, what: str, why: str, arguments: Sequence[str]) -> None:
    """What went wrong, on the error stream, in the language of the command that failed."""
    from rich.text import Text

    from grader.report.messages import translated
    from grader.report.plain import printable

    language = _language_in(arguments)
    text = Text(translated(what, language), style)
    if why:
        text = Text.assemble(text, " ", printable(translated(why, language), lines=True))
    errors().print(text, soft_wrap=True)


def _language_in(arguments: Sequence[str]) -> str:
    """The language of a command that may have been wrong in any other respect, too."""
    after = dict(pairwise(arguments))
    given = next((a.partition("=")[2] for a in arguments if a.startswith("--lang=")), after.get("--lang", ""))
    return language_of(given if given in ("en", "zh") else "")


@contextmanager
def progress(language: str = "en") -> Iterator[Callable[[str], None]]:
    """A line on a terminal that says what is going on; nothing in a pipe."""
    stream = errors()
    if not stream.is_terminal:
        yield lambda text: None
        return
    from grader.report.messages import translated

    with stream.status(translated("Starting …", language)) as status:
        yield lambda text: status.update(translated(text, language))


@contextmanager
def fence() -> Iterator[None]:
    """On GitHub Actions, what a student's code said must not be taken for a command to the runner."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    token = secrets.token_hex(16)
    typer.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        typer.echo(f"::{token}::")


def grading(path: Path, exercises: Sequence[str], language: str) -> str:
    """The first line: what is graded."""
    from grader.report.texts import words

    _ = words(language).gettext
    chosen = ", ".join(exercises) or _("all exercises")
    return _("Grading {path} ({exercises})").format(path=shown(str(path)), exercises=shown(chosen))


def shown(text: str) -> str:
    """Text of any origin, fit for a console that reads markup."""
    from rich.markup import escape

    from grader.report.plain import printable

    return escape(printable(text, lines=True))
