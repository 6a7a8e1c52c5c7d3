"""A student's code as numbered lines, split into pieces that a page can colour."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pygments import lex
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

from grader.model import Code
from grader.report.plain import printable

_KINDS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "comment"),
    (Keyword, "keyword"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (String, "string"),
    (Number, "number"),
)
_FRAME = re.compile(r"^(?P<where>.+?):(?P<line>\d{1,7})(?: in |: )")


@dataclass(frozen=True)
class Line:
    """`pieces` are pairs of text and its kind: comment, keyword, name, string, number or ""."""

    number: int
    pieces: tuple[tuple[str, str], ...]
    failing: bool


def code_lines(code: Code, trace: Iterable[str]) -> tuple[Line, ...]:
    """The lines of `code`; those that a traceback names are `failing`."""
    frames = (_FRAME.match(frame) for frame in trace)
    failing = {int(f["line"]) for f in frames if f and f["where"] == code.where}
    lines: list[list[tuple[str, str]]] = [[]]
    for token, value in lex(printable(code.source, lines=True), PythonLexer(stripnl=False, ensurenl=False)):
        first, *rest = value.split("\n")
        kind = _kind(token)
        lines[-1].append((first, kind))
        lines += [[(piece, kind)] for piece in rest]
    return tuple(
        Line(number, tuple(p for p in pieces if p[0]), number in failing)
        for number, pieces in enumerate(lines, code.line)
    )


def _kind(token: _TokenType) -> str:
    return next((name for parent, name in _KINDS if token in parent), "")
