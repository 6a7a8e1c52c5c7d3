"""Boxes in the plane: what went in, what came back and what was wanted, in one picture with one scale. y points down."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from grader.report.draw.array import Array, span
from grader.report.draw.svg import element, picture, text

SIDE, MARGIN, MOST, NUMBERED = 280.0, 26.0, 60, 12
SMALL = 0.3  # boxes that fill less of the unit square are shown from near
_STYLES = {
    "input": ("var(--input,#0969da)", 2.0, None),
    "other": ("var(--other,#8250df)", 2.0, "1 3"),
    "got": ("var(--got,#bc4c00)", 2.0, None),
    "wanted": ("var(--wanted,#116329)", 5.0, "7 5"),
}


@dataclass(frozen=True)
class Box:
    x1: float
    y1: float
    x2: float
    y2: float
    label: str = ""


@dataclass(frozen=True)
class Series:
    """Boxes that belong together. `role` is input, other, got or wanted."""

    name: str
    role: str
    boxes: tuple[Box, ...]


def corner_boxes(values: Array) -> tuple[Box, ...]:
    """(…, 4): x1, y1, x2, y2."""
    return tuple(Box(x1, y1, x2, y2) for x1, y1, x2, y2 in values.rows(4))


def centre_boxes(values: Array) -> tuple[Box, ...]:
    """(…, 4): centre x, centre y, width, height."""
    return tuple(Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for x, y, w, h in values.rows(4))


def class_boxes(values: Array) -> tuple[Box, ...]:
    """(…, 5): class, x1, y1, x2, y2."""
    return tuple(Box(x1, y1, x2, y2, f"{c:g}") for c, x1, y1, x2, y2 in values.rows(5))


def detections(values: Array) -> tuple[Box, ...]:
    """(…, 6): class, confidence, x1, y1, x2, y2; a negative class is background or suppressed and left out."""
    return tuple(Box(x1, y1, x2, y2, f"{c:g}: {p:.2g}") for c, p, x1, y1, x2, y2 in values.rows(6) if c >= 0)


@dataclass(frozen=True)
class Backdrop:
    """The image that boxes in pixels lie in. `paint(x, y, width, height)` gives its SVG."""

    width: int
    height: int
    paint: Callable[[float, float, float, float], str]


def draw(series: Sequence[Series], label: str, backdrop: Backdrop | None = None) -> str | None:
    """The picture, or None when there is nothing finite to draw."""
    shown = [Series(s.name, s.role, tuple(b for b in s.boxes if _finite(b))[:MOST]) for s in series]
    shown = [s for s in shown if s.boxes]
    if not shown:
        return None
    frame = _Frame(shown, backdrop)
    shapes = [*frame.axes()]
    for one in sorted(shown, key=lambda s: ("wanted", "input", "other", "got").index(s.role)):
        shapes += frame.series(one)
    legend = [*_legend(shown, frame.bottom + 34), *frame.inset()]
    return picture(
        frame.right + MARGIN,
        frame.bottom + (62 if frame.small else 30) + 18 * max(0, len(shown) - (2 if frame.small else 0)),
        [*shapes, *legend],
        label,
    )


class _Frame:
    """From coordinates of boxes to those of the picture, with the same scale on both axes."""

    def __init__(self, series: Sequence[Series], backdrop: Backdrop | None) -> None:
        self.backdrop, self.small = backdrop, False
        boxes = [b for s in series for b in s.boxes]
        self.x = span([v for b in boxes for v in (b.x1, b.x2)])
        self.y = span([v for b in boxes for v in (b.y1, b.y2)])
        extent = max(self.x[1] - self.x[0], self.y[1] - self.y[0])
        inside = min(self.x[0], self.y[0]) >= -0.25 and max(self.x[1], self.y[1]) <= 1.25
        self.unit = backdrop is None and inside and extent > SMALL
        if backdrop is not None:
            self.x = (min(0.0, self.x[0]), max(float(backdrop.width), self.x[1]))
            self.y = (min(0.0, self.y[0]), max(float(backdrop.height), self.y[1]))
        elif self.unit:  # fractions of an image: show the image
            self.x = (min(0.0, self.x[0]), max(1.0, self.x[1]))
            self.y = (min(0.0, self.y[0]), max(1.0, self.y[1]))
        else:
            self.small = inside and min(self.x[0], self.y[0]) >= 0 and max(self.x[1], self.y[1]) <= 1
            self.x, self.y = _wider(self.x, extent), _wider(self.y, extent)
        width, height = self.x[1] - self.x[0], self.y[1] - self.y[0]
        self.scale = SIDE / max(width, height)
        self.right = MARGIN + 12 + max(width * self.scale, 120)
        self.bottom = MARGIN + max(height * self.scale, 60)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return MARGIN + 12 + (x - self.x[0]) * self.scale, MARGIN + (y - self.y[0]) * self.scale

    def axes(self) -> Iterable[str]:
        grey = "var(--line,#d0d7de)"
        left, top = MARGIN + 12, MARGIN
        if self.backdrop is not None:
            x, y = self.at(0, 0)
            width, height = self.backdrop.width * self.scale, self.backdrop.height * self.scale
            yield self.backdrop.paint(x, y, width, height)
        if self.unit:
            x, y = self.at(0, 0)
            yield element("rect", x=x, y=y, width=self.scale, height=self.scale, fill=grey, fill_opacity=0.22)
        yield element(
            "path",
            d=f"M{left:.1f} {self.bottom + 6:.1f}V{top:.1f}H{self.right:.1f}",
            fill="none",
            stroke=grey,
        )
        for value in _ticks(*self.x):
            x, _ = self.at(value, 0)
            yield element("path", d=f"M{x:.1f} {top:.1f}v-4", stroke=grey)
            yield text(x, top - 8, _short(value), text_anchor="middle", font_size=10)
        for value in _ticks(*self.y):
            _, y = self.at(0, value)
            yield element("path", d=f"M{left:.1f} {y:.1f}h-4", stroke=grey)
            yield text(left - 7, y + 3.5, _short(value), text_anchor="end", font_size=10)

    def inset(self) -> Iterable[str]:
        """Where in the unit square the picture lies, when it shows but a small part of it."""
        if not self.small:
            return
        side, grey = 44.0, "var(--dim,#656d76)"
        left, top = self.right - side, self.bottom + 12
        yield element(
            "rect", x=left, y=top, width=side, height=side, fill="none", stroke=grey, stroke_width=0.8
        )
        width, height = (max(3.0, side * (s[1] - s[0]) * 0.89) for s in (self.x, self.y))
        x, y = (max(0.0, (s[0] + s[1]) / 2) * side for s in (self.x, self.y))
        yield element(
            "rect",
            x=left + max(0.0, x - width / 2),
            y=top + max(0.0, y - height / 2),
            width=width,
            height=height,
            fill=grey,
        )
        yield text(left - 4, top + 8, "0", text_anchor="end", font_size=9)
        yield text(left - 4, top + side, "1", text_anchor="end", font_size=9)

    def series(self, series: Series) -> Iterable[str]:
        colour, width, dashes = _STYLES[series.role]
        numbered = 1 < len(series.boxes) <= NUMBERED and series.role != "wanted"
        corners: Counter[tuple[int, int]] = Counter()
        for number, box in enumerate(series.boxes):
            x1, y1 = self.at(min(box.x1, box.x2), min(box.y1, box.y2))
            x2, y2 = self.at(max(box.x1, box.x2), max(box.y1, box.y2))
            yield element(
                "rect", x=x1, y=y1, width=max(x2 - x1, 1.5), height=max(y2 - y1, 1.5), fill=colour,
                fill_opacity=0.08, stroke=colour, stroke_width=width, stroke_dasharray=dashes,
                stroke_opacity=0.55 if series.role == "wanted" else None,
            )  # fmt: skip
            label = box.label or (str(number) if numbered else "")
            if label and series.role == "wanted":
                yield text(
                    x2 - 4, y2 - 5, label, fill=colour, font_weight=600, font_size=10, text_anchor="end"
                )
            elif label:
                corner = (round(x1 / 8), round(y1 / 8))
                x, y = x1 + 4 + 7 * len(label) * corners[corner], y1 + (24 if series.role == "got" else 12)
                corners[corner] += 1
                yield text(x, y, label, fill=colour, font_weight=600, font_size=10)


def _wider(span: tuple[float, float], extent: float) -> tuple[float, float]:
    return span[0] - 0.06 * extent, span[1] + 0.06 * extent


def _legend(series: Sequence[Series], top: float) -> Iterable[str]:
    for number, one in enumerate(series):
        y = top + 18 * number
        colour, width, dashes = _STYLES[one.role]
        yield element(
            "path",
            d=f"M{MARGIN:.0f} {y - 4:.0f}h26",
            stroke=colour,
            stroke_width=width,
            stroke_dasharray=dashes,
        )
        yield text(MARGIN + 34, y, one.name, fill="var(--ink,#1f2328)", font_size=12)


def _ticks(low: float, high: float) -> list[float]:
    """Up to five round numbers between two."""
    step = 10 ** math.floor(math.log10((high - low) / 2))
    step = next((s for s in (step, 2 * step, 5 * step) if (high - low) / s <= 5), 10 * step)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)][:6]


def _short(value: float) -> str:
    return f"{value:.3g}"


def _finite(box: Box) -> bool:
    return all(math.isfinite(v) and abs(v) < 1e12 for v in (box.x1, box.y1, box.x2, box.y2))
