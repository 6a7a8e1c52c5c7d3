"""Curves over epochs, layers or whatever their index is: what came back and what was wanted, on one pair of axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.report.draw.array import span
from grader.report.draw.svg import element, picture, text

WIDTH, HEIGHT, LEFT, TOP = 300.0, 150.0, 44.0, 14.0
_COLOURS = {
    "input": ("var(--input,#0969da)", None),
    "other": ("var(--other,#8250df)", "2 3"),
    "got": ("var(--got,#bc4c00)", None),
    "wanted": ("var(--wanted,#116329)", "7 5"),
    "claimed": ("var(--dim,#656d76)", "1 4"),
}


@dataclass(frozen=True)
class Curve:
    """`y` over `x`, or over 0, 1, 2 … when there is no `x`. `role` is input, other, got, wanted or claimed."""

    name: str
    role: str
    y: tuple[float, ...]
    x: tuple[float, ...] = ()

    def points(self) -> list[tuple[float, float]]:
        xs = self.x or tuple(float(i) for i in range(len(self.y)))
        return [(x, y) for x, y in zip(xs, self.y, strict=False) if math.isfinite(x) and math.isfinite(y)]


def draw(curves: Sequence[Curve], label: str) -> str | None:
    """The picture, or None when no curve has two points."""
    shown = [c for c in curves if len(c.points()) > 1]
    if not shown:
        return None
    xs = span([x for c in shown for x, _ in c.points()])
    ys = span([y for c in shown for _, y in c.points()])
    shapes = [*_axes(xs, ys)]
    for number, curve in enumerate(shown):
        shapes += _curve(curve, xs, ys)
        y = TOP + HEIGHT + 34 + 18 * number
        colour, dashes = _COLOURS[curve.role]
        shapes.append(
            element(
                "path",
                d=f"M{LEFT:.0f} {y - 4:.0f}h26",
                stroke=colour,
                stroke_width=2.5,
                stroke_dasharray=dashes,
            )
        )
        shapes.append(text(LEFT + 34, y, curve.name, fill="var(--ink,#1f2328)", font_size=12))
    return picture(LEFT + WIDTH + 16, TOP + HEIGHT + 30 + 18 * len(shown), shapes, label)


def _at(x: float, y: float, xs: tuple[float, float], ys: tuple[float, float]) -> tuple[float, float]:
    return LEFT + (x - xs[0]) / (xs[1] - xs[0]) * WIDTH, TOP + (ys[1] - y) / (ys[1] - ys[0]) * HEIGHT


def _axes(xs: tuple[float, float], ys: tuple[float, float]) -> Iterable[str]:
    grey = "var(--line,#d0d7de)"
    yield element("path", d=f"M{LEFT} {TOP}V{TOP + HEIGHT}H{LEFT + WIDTH}", fill="none", stroke=grey)
    for value in (ys[0], (ys[0] + ys[1]) / 2, ys[1]):
        _, y = _at(xs[0], value, xs, ys)
        yield element("path", d=f"M{LEFT} {y:.1f}h{WIDTH}", stroke=grey, stroke_width=0.6)
        yield text(LEFT - 6, y + 3.5, f"{value:.3g}", text_anchor="end", font_size=10)
    for value in xs:
        x, _ = _at(value, ys[0], xs, ys)
        yield text(x, TOP + HEIGHT + 14, f"{value:.3g}", text_anchor="middle", font_size=10)


def _curve(curve: Curve, xs: tuple[float, float], ys: tuple[float, float]) -> Iterable[str]:
    colour, dashes = _COLOURS[curve.role]
    points = [_at(x, y, xs, ys) for x, y in curve.points()]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    yield element(
        "path",
        d=path,
        fill="none",
        stroke=colour,
        stroke_width=2.2,
        stroke_dasharray=dashes,
        stroke_linejoin="round",
    )
    if len(points) <= 12:
        for x, y in points:
            yield element("circle", cx=x, cy=y, r=2.6, fill=colour)
