"""The engine's own messages in the reader's language.

A message is made where something is found, in English, and stored. Here its pattern is recognised and said again in
another language; what a course's check or a student's code said is left as it is.
"""

from __future__ import annotations

import re
from functools import cache

from grader.report.texts import words

LONGEST = 600
_NUMBERS = frozenset({"got", "desired", "off", "allowed", "count", "all", "seconds", "number", "line"})
_GROUP = re.compile(r"\\\{(\w+)\\\}")


def translated(message: str, language: str) -> str:
    """`message` in `language`, as far as it is the engine's own."""
    if language == "en" or len(message) > LONGEST:
        return message
    for pattern, template in _templates(language):
        found = pattern.fullmatch(message)
        if found:
            parts = found.groupdict()
            if "message" in parts:
                parts["message"] = translated(parts["message"], language)
            return template.format(**parts)
    what, colon, rest = message.partition(": ")
    told = translated(rest, language) if colon else ""
    return f"{what}{colon}{told}" if told != rest else message


@cache
def _templates(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    translate = words(language).gettext
    return tuple((_pattern(message), translate(message)) for message in _messages())


def _messages() -> tuple[str, ...]:
    """Patterns of the engine's messages, the more special ones first."""

    def _(message: str) -> str:  # only marks it for the catalogue
        return message

    return (
        _("first mend {name}, which this builds on ({message})"),
        _("first mend {name}, which this builds on"),
        _("{name} is not written yet"),
        _("{name} is not defined"),
        _("convention differs: {name}"),
        _("{what} has shape {shape}, wanted {form}: {note}"),
        _("{what} has shape {shape}, wanted {form}"),
        _("{what} has dtype {got}, wanted {desired}"),
        _("{what} holds NaN or infinity"),
        _("{what} has {got} elements, wanted {desired}"),
        _("{what} has no key {key}"),
        _(
            "element [{place}] is {got}, wanted {desired} (difference {off}, allowed {allowed}); {count} of {all} elements differ"
        ),
        _("element [{place}] is {got}, wanted {desired} (difference {off}, allowed {allowed})"),
        _("{got}, wanted {desired} (difference {off}, allowed {allowed}); {count} of {all} elements differ"),
        _("{got}, wanted {desired} (difference {off}, allowed {allowed})"),
        _("element [{place}] is {got}, wanted {desired}"),
        _("shape {shape}, wanted {form}"),
        _("{got} elements, wanted {desired}"),
        _("{got}, wanted {desired}"),
        _("no answer after {seconds} s"),
        _("still running after {seconds} s"),
        _("the check as a whole took too long"),
        _("the same input gave different results in two runs"),
        _("not installed here; the grader's small stand-in with the chapter's helpers is used"),
        _("line {line}: `{text}` was ignored: it is for IPython only"),
        _("answers the same section as {name}, which comes first"),
        _("left out: it is not Python ({message})"),
        _("left out: {message}"),
        _("{what} is {kind}, wanted a torch.Tensor"),
        _("{what} is {kind}, wanted a number"),
        _("{what} is {kind}, wanted a finite number"),
        _("{what} is {kind}, wanted a tuple or list of {number}"),
        _("{what} is {kind}, wanted a tuple or list"),
    )


def _pattern(template: str) -> re.Pattern[str]:
    """{got} and other numbers stand for one word, any other name for any text."""

    def group(found: re.Match[str]) -> str:
        name = found[1]
        inside = r"[^\s,;()]+" if name in _NUMBERS else r"[\d, ]+" if name == "place" else r".+?"
        return f"(?P<{name}>{inside})"

    return re.compile(_GROUP.sub(group, re.escape(template)), re.DOTALL)
