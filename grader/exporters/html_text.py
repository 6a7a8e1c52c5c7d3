"""A lost item as a short piece of HTML, for platforms that render it. Everything is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape

from grader.report.explain import rows
from grader.report.view import ItemView

_BLOCKS = frozenset({"with", "at", "got", "wanted", "printed"})


def explanation(item: ItemView, language: str) -> Markup:
    """What was checked, found and wanted, one paragraph each; code and values in <pre>."""
    parts = [Markup("<p><b>{}</b></p>").format(item.said)]
    for row in rows(item, language):
        if row.kind in _BLOCKS:
            parts.append(Markup("<p><b>{}</b></p><pre>{}</pre>").format(row.label, row.text))
        else:
            parts.append(Markup("<p><b>{}</b> {}</p>").format(row.label, _lines(row.text)))
    return Markup("\n").join(parts)


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
