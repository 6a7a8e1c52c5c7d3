"""From the one exact score to the digits a platform takes. Decimal, half up: 0.125 is 0.13 everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_EXACT = Decimal("0.000001")


def rounded(value: float, places: int = 2) -> Decimal:
    """`value` with at most `places` decimals, half up; the binary error of a sum is taken away first."""
    exact = Decimal(repr(value)).quantize(_EXACT, ROUND_HALF_UP)
    short = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).normalize()
    return Decimal(0) if short == 0 else short


def number(value: float, places: int = 2) -> int | float:
    """The same for JSON: an int when nothing stands behind the point."""
    short = rounded(value, places)
    return int(short) if short == short.to_integral_value() else float(short)


def text(value: float, places: int = 2) -> str:
    """The same for CSV: never in scientific notation."""
    return f"{rounded(value, places):f}"


def whole(earned: float, possible: float) -> tuple[int, int]:
    """(earned, possible) in whole points, for platforms that take nothing else.

    Half up; but what is worth anything is worth at least 1, and a lost fraction is never rounded away to full marks.
    """
    most = max(1, int(rounded(possible, 0))) if possible > 0 else 0
    got = min(most, int(rounded(earned, 0)))
    complete = rounded(earned, 6) >= rounded(possible, 6)
    return (most if complete else min(got, most - 1)), most
