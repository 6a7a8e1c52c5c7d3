"""Matrices, kernels, masks and small images as grids of cells, larger images as thumbnails."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from grader.report.draw.array import Array
from grader.report.draw.svg import element, picture, text

MOST_COLUMNS, MOST_ROWS, MOST_SLICES = 16, 16, 6
WITH_NUMBERS = 8
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{1,2000000}")
_CLASSES = (
    "#57606a",
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
)  # Okabe and Ito


@dataclass(frozen=True)
class Plate:
    """One array under its name. `against` marks the cells that differ from another array of the same shape."""

    name: str
    role: str
    values: Array
    against: Array | None = None


def fits(values: Array) -> bool:
    """Whether it can be read as a few small grids."""
    if len(values.shape) < 1 or not values.flat:
        return False
    rows = values.shape[-2] if len(values.shape) > 1 else 1
    return values.shape[-1] <= MOST_COLUMNS and rows <= MOST_ROWS and len(values.slices()) <= MOST_SLICES


def draw_matrices(plates: Sequence[Plate], label: str) -> str | None:
    """Matrices beside each other, with one scale of colour: blue above zero, orange below."""
    shown = [p for p in plates if fits(p.values)]
    largest = max((abs(v) for p in shown for v in p.values.finite), default=0.0)
    return _row(shown, label, lambda value: _heat(value, largest), numbers=True)


def draw_masks(plates: Sequence[Plate], label: str) -> str | None:
    """Grids of classes: one colour for each, and its number."""
    return _row([p for p in plates if fits(p.values)], label, _class, numbers=True)


def draw_pixels(plates: Sequence[Plate], label: str) -> str | None:
    """Images of shape (3, H, W), (H, W, 3) or (H, W), small enough to show each pixel."""
    x, shapes, bottom = 8.0, [], 0.0
    for plate in plates:
        pixels = _pixels(plate.values)
        if pixels is None:
            continue
        side = max(6.0, min(24.0, 120.0 / max(len(pixels), len(pixels[0]))))
        shapes.append(text(x, 14, plate.name, fill=_colour(plate.role), font_weight=600))
        for r, row in enumerate(pixels):
            for c, colour in enumerate(row):
                shapes.append(_cell(x + c * side, 22 + r * side, side, colour, 1.0))
        x += max(len(pixels[0]) * side, 7.0 * len(plate.name)) + 22
        bottom = max(bottom, 22 + len(pixels) * side)
    return picture(x, bottom + 8, shapes, label) if shapes else None


def draw_thumbnails(thumbnails: Sequence[tuple[str, str, Any]], label: str) -> str | None:
    """Pictures kept as PNG: (name, role, evidence with `preview` and the shape or size it stands for)."""
    x, shapes = 8.0, []
    for name, role, evidence in thumbnails:
        found = preview(evidence)
        if found is None:
            continue
        data, width, height = found
        scale = 120.0 / max(width, height)
        shapes.append(text(x, 14, name, fill=_colour(role), font_weight=600))
        size: dict[str, Any] = {
            "width": width * scale,
            "height": height * scale,
            "style": "image-rendering:pixelated",
        }
        shapes.append(element("image", x=x, y=22, href=f"data:image/png;base64,{data}", **size))
        x += max(width * scale, 7.0 * len(name)) + 22
    return picture(x, 150, shapes, label) if shapes else None


def painted_pixels(values: Array, x: float, y: float, width: float, height: float) -> str:
    """A small image stretched over a rectangle; "" when it is none."""
    pixels = _pixels(values) or []
    if not pixels:
        return ""
    across, down = width / len(pixels[0]), height / len(pixels)
    cells = (
        element("rect", x=x + c * across, y=y + r * down, width=across, height=down, fill=colour)
        for r, row in enumerate(pixels)
        for c, colour in enumerate(row)
    )
    return element("g", "".join(cells), opacity=0.45)


def painted_thumbnail(evidence: Any, x: float, y: float, width: float, height: float) -> str:
    """A kept thumbnail stretched over a rectangle; "" when there is none."""
    found = preview(evidence)
    if found is None:
        return ""
    size: dict[str, Any] = {"width": width, "height": height, "preserveAspectRatio": "none", "opacity": 0.7}
    return element("image", x=x, y=y, href=f"data:image/png;base64,{found[0]}", **size)


def size_of(evidence: Any) -> tuple[int, int]:
    """(width, height) in pixels of a described image, or of a tensor of such a shape; zeros when it is none."""
    if not isinstance(evidence, dict):
        return 0, 0
    size, shape = evidence.get("size"), evidence.get("shape")
    if isinstance(shape, list) and len(shape) >= 2:
        last = len(shape) == 3 and shape[0] not in (1, 3)
        size = [shape[-2], shape[-3]] if last else [shape[-1], shape[-2]]
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(s, int) for s in size):
        return 0, 0
    return size[0], size[1]


def preview(evidence: Any) -> tuple[str, int, int] | None:
    """(base64 of a PNG, width, height) of evidence that holds one, and nothing else than base64."""
    held = evidence.get("preview") if isinstance(evidence, dict) else None
    if not isinstance(held, dict):
        return None
    data, width, height = held.get("png"), held.get("width"), held.get("height")
    sizes = isinstance(width, int) and isinstance(height, int) and 0 < width <= 4096 and 0 < height <= 4096
    return (data, width, height) if sizes and isinstance(data, str) and is_base64(data) else None  # type: ignore[return-value]  # `sizes` says so


def is_base64(data: str) -> bool:
    """Whether it can stand in a data: URL."""
    return _BASE64.fullmatch(data) is not None


# ---------------------------------------------------------------- cells


def _row(plates: Sequence[Plate], label: str, paint: Any, *, numbers: bool) -> str | None:
    x, shapes, bottom = 8.0, [], 0.0
    for plate in plates:
        slices = plate.values.slices()
        others = plate.against.slices() if plate.against and plate.against.shape == plate.values.shape else []
        columns = max(_columns(s) for s in slices)
        side = 34.0 if numbers and columns <= WITH_NUMBERS else 16.0
        shapes.append(text(x, 14, plate.name, fill=_colour(plate.role), font_weight=600))
        y = 22.0
        for number, grid in enumerate(slices):
            other = others[number] if others else None
            shapes += _grid(grid, other, x, y, side, paint, numbers and side > 20)
            y += _rows(grid) * side + 10
        x += max(columns * side, 7.0 * len(plate.name)) + 22
        bottom = max(bottom, y)
    return picture(x, bottom, shapes, label) if shapes else None


def _grid(
    grid: Array, other: Array | None, left: float, top: float, side: float, paint: Any, numbers: bool
) -> Iterable[str]:
    columns, marks = _columns(grid), []
    for index, value in enumerate(grid.flat):
        x, y = left + index % columns * side, top + index // columns * side
        colour, opacity = paint(value)
        yield _cell(x, y, side, colour, opacity)
        if numbers:
            yield text(
                x + side / 2,
                y + side / 2 + 3.5,
                _short(value),
                text_anchor="middle",
                font_size=10,
                fill="var(--ink,#1f2328)",
            )
        if other is not None and not _close(value, other.flat[index]):
            marks.append(element("rect", x=x + 1.5, y=y + 1.5, width=side - 3, height=side - 3, fill="none",
                                 stroke="var(--got,#bc4c00)", stroke_width=2.2))  # fmt: skip
    yield from marks


def _cell(x: float, y: float, side: float, colour: str, opacity: float) -> str:
    return element("rect", x=x, y=y, width=side, height=side, fill=colour, fill_opacity=round(opacity, 3),
                   stroke="var(--line,#d0d7de)", stroke_width=0.8)  # fmt: skip


def _heat(value: float, largest: float) -> tuple[str, float]:
    if not math.isfinite(value):
        return "var(--got,#bc4c00)", 0.9
    share = abs(value) / largest if largest else 0.0
    return ("var(--input,#0969da)" if value >= 0 else "var(--got,#bc4c00)"), 0.02 + 0.5 * share


def _class(value: float) -> tuple[str, float]:
    if not math.isfinite(value) or value < 0:
        return "none", 0.0
    return _CLASSES[int(value) % len(_CLASSES)], 0.55 if value else 0.12


def _pixels(values: Array) -> list[list[str]] | None:
    """Rows of colours, or None when the shape is not that of a small image."""
    channels, height, width = _layout(values.shape)
    if not 0 < height <= 32 or not 0 < width <= 32:
        return None
    last = len(values.shape) == 3 and values.shape[0] not in (1, 3)
    steps = (1, width * channels, channels) if last else (height * width, width, 1)  # of channel, row, column
    top = 255.0 if values.integer or max(values.finite, default=0) > 2 else 1.0
    offsets = [min(channels - 1, c) * steps[0] for c in range(3)]  # grey is three times the same channel
    return [
        [_rgb([values.flat[o + y * steps[1] + x * steps[2]] / top for o in offsets]) for x in range(width)]
        for y in range(height)
    ]


def _layout(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(channels, height, width) of (C, H, W), (H, W, 3) or (H, W); zeros for any other shape."""
    if len(shape) == 2:
        return 1, *shape
    if len(shape) == 3 and shape[0] in (1, 3):
        return shape
    if len(shape) == 3 and shape[2] == 3:
        return 3, shape[0], shape[1]
    return 0, 0, 0


def _rgb(channels: Sequence[float]) -> str:
    if not all(math.isfinite(c) for c in channels):
        return "#ff00ff"
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, c))):02x}" for c in channels)


def _columns(grid: Array) -> int:
    return grid.shape[-1] if grid.shape else 1


def _rows(grid: Array) -> int:
    return grid.shape[-2] if len(grid.shape) > 1 else 1


def _colour(role: str) -> str:
    return {"got": "var(--got,#bc4c00)", "wanted": "var(--wanted,#116329)"}.get(role, "var(--ink,#1f2328)")


def _short(value: float) -> str:
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    if 0 < abs(value) < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-").replace("-", "−")
    shown = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}" if abs(value) < 1e5 else f"{value:.0e}"
    return re.sub(r"^(-?)0\.", r"\1.", shown).replace("e+0", "e").replace("-", "−")


def _close(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5)
