"""Jinja2 with everything escaped that is not ours, and the filters its templates use."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from grader.report.plain import points, printable
from grader.report.texts import words

_CODE = re.compile(r"`([^`\n]+)`")
HERE = Path(__file__).resolve().parent


def render(template: str, language: str, **values: Any) -> str:
    """One page. Strings of `values` are escaped by the template, and what would redraw a line is made visible."""
    catalogue = words(language)
    page = _environment().get_template(template)
    style = Markup((HERE / "style.css").read_text(encoding="utf-8"))
    return page.render(
        language=language, style=style, _=catalogue.gettext, ngettext=catalogue.ngettext, **values
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        points=points, plain=_plain, marked=_marked, percent=_percent, seconds=_seconds, day=_day
    )
    return environment


def _plain(text: str) -> str:
    """Text of a student's: control characters and direction marks as escapes, line ends kept."""
    return printable(text, lines=True)


def _marked(text: str) -> Markup:
    """The same with `code` between backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(_plain(text)))))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {value % 60:.0f} s"


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""
