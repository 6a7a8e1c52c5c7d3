"""Text of a hostile origin made fit for a terminal or a table."""

from __future__ import annotations

import unicodedata

# Direction marks can make a line read as something it is not; control characters can redraw the screen.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str, *, lines: bool = False) -> str:
    """`text` with every control character and direction mark shown as an escape; newlines stay if `lines`."""
    return "".join(c if _harmless(c, lines) else _escape(c) for c in text)


def _harmless(c: str, lines: bool) -> bool:
    if c == "\n":
        return lines
    return c not in _BIDI and unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp")


def _escape(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"


def points(value: float) -> str:
    """2, 2.5, 0.33: as short as it can be."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def csv_cell(text: str) -> str:
    """A spreadsheet must not take a student's text for a formula."""
    text = printable(text)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text
