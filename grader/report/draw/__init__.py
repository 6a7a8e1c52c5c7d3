"""A counterexample as pictures: boxes, matrices and kernels, masks, images, curves. Pure: described values in, SVG out.

What a value is, a course says itself: the rubric's `shows` names a kind for a function's parameters and for what it returns.
Where it says nothing, a small matrix is drawn as one and a kept thumbnail is shown. Evidence is a student's and may be
anything: what does not fit its kind is not drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.model import Counterexample, Training
from grader.report.draw import boxes, curve, grid
from grader.report.draw.array import Array, array, parts
from grader.report.draw.svg import standalone
from grader.report.texts import words

__all__ = ["Figure", "figures", "standalone", "training_figures"]

_BOXES = {
    "boxes": (4, boxes.corner_boxes),
    "centre_boxes": (4, boxes.centre_boxes),
    "class_boxes": (5, boxes.class_boxes),
    "detections": (6, boxes.detections),
}


_ROLES = ("input", "wanted", "other", "got")


@dataclass(frozen=True)
class Figure:
    """A picture. `kind` is boxes, matrix, mask, image or curve; `label` says in words what it shows."""

    kind: str
    svg: str
    label: str


@dataclass(frozen=True)
class _Value:
    """A value to draw: its name, where it comes from (input, other, got, wanted) and what it is."""

    name: str
    role: str
    kind: str
    evidence: Any
    numbers: Array | None


def figures(example: Counterexample, shows: Mapping[str, str], language: str) -> tuple[Figure, ...]:
    """Pictures of a counterexample, the most telling first; () when nothing of it can be drawn.

    shows  parameter (in the order of the signature) → kind, and "returns" → kind of the result
    """
    _ = words(language).gettext
    label = _("{function}: a counterexample").format(function=example.function)
    values = list(_values(example, shows, language))
    series = [
        boxes.Series(v.name, v.role, _BOXES[v.kind][1](v.numbers))
        for v in values
        if v.kind in _BOXES and v.numbers
    ]
    behind = _image_behind(values, series)
    in_the_plane = boxes.draw(series, label, _backdrop(behind) if behind else None)
    values = [v for v in values if v is not behind]
    drawn = {
        "boxes": in_the_plane,
        "curve": curve.draw(
            [curve.Curve(v.name, v.role, v.numbers.flat) for v in values if v.kind == "curve" and v.numbers],
            label,
        ),
        "mask": grid.draw_masks(_plates(values, "mask"), label),
        "matrix": grid.draw_matrices(_plates(values, "matrix"), label),
        "image": grid.draw_pixels(_plates(values, "image"), label),
        "thumbnail": grid.draw_thumbnails(
            [(v.name, v.role, v.evidence) for v in values if v.kind == "thumbnail"], label
        ),
    }
    return tuple(
        Figure("image" if kind == "thumbnail" else kind, svg, label)
        for kind, svg in drawn.items()
        if svg is not None
    )


def training_figures(training: Training, language: str) -> tuple[Figure, ...]:
    """The curves of a training task, one picture for each quantity; a student's own claims are dotted."""
    _ = words(language).gettext
    found = []
    for name in dict.fromkeys(c.figure for c in training.curves):
        lines = [c for c in training.curves if c.figure == name]
        measured = [c for c in lines if not c.claimed]
        curves = [
            curve.Curve(
                _("{name} (your own count)").format(name=c.name) if c.claimed else c.name,
                "claimed" if c.claimed else _ROLES[measured.index(c) % len(_ROLES)],
                c.values,
            )
            for c in lines
        ]
        svg = curve.draw(curves, name)
        if svg is not None:
            found.append(Figure("curve", svg, name))
    return tuple(found)


def _values(example: Counterexample, shows: Mapping[str, str], language: str) -> Iterator[_Value]:
    _ = words(language).gettext
    positions = [name for name in shows if name != "returns"]
    drawn = 0
    for given, evidence in example.arguments:
        place = int(given) - 1 if given.isdecimal() else -1
        name = positions[place] if 0 <= place < len(positions) else given
        value = _value(name if not name.isdecimal() else _("argument {number}").format(number=name),
                       "other" if drawn % 2 else "input", shows.get(name, ""), evidence)  # fmt: skip
        drawn += value.kind in _BOXES
        yield value
    for name, role, evidence in (
        (_("came back"), "got", example.got),
        (_("wanted"), "wanted", example.wanted),
    ):
        members = parts(evidence) if evidence is not None else []
        for number, member in enumerate(members, 1):
            shown = f"{name} {number}" if len(members) > 1 else name
            yield _value(shown, role, shows.get("returns", ""), member)


def _value(name: str, role: str, wanted: str, evidence: Any) -> _Value:
    numbers = array(evidence)
    return _Value(name, role, _kind(wanted, role, evidence, numbers), evidence, numbers)


def _kind(wanted: str, role: str, evidence: Any, numbers: Array | None) -> str:
    """What it is drawn as: as wanted where its form allows, else by its form; "" for not at all."""
    if wanted == "value":
        return ""
    if numbers is None:
        return "thumbnail" if grid.preview(evidence) else ""
    if wanted in _BOXES:
        width = _BOXES[wanted][0]
        if numbers.shape[-1:] == (width,) and numbers.flat:
            return wanted
    elif (wanted == "curve" and len(numbers.shape) == 1) or (
        wanted in ("mask", "image") and len(numbers.shape) >= 2
    ):
        return wanted
    result = role in ("got", "wanted")
    drawable = (
        len(numbers.flat) > 1
        and grid.fits(numbers)
        and (wanted == "matrix" or len(numbers.shape) > 1 or result)
    )
    return "matrix" if drawable else ""


def _image_behind(values: list[_Value], series: Sequence[boxes.Series]) -> _Value | None:
    """The one image among the arguments, when the boxes are in its pixels."""
    images = [v for v in values if v.role in ("input", "other") and v.kind in ("image", "thumbnail")]
    in_pixels = max((max(b.x2, b.y2) for s in series for b in s.boxes), default=0) > 1.5
    return images[0] if len(images) == 1 and in_pixels and min(grid.size_of(images[0].evidence)) > 0 else None


def _backdrop(image: _Value) -> boxes.Backdrop:
    width, height = grid.size_of(image.evidence)
    numbers = image.numbers
    if numbers is not None:
        return boxes.Backdrop(width, height, lambda *place: grid.painted_pixels(numbers, *place))
    return boxes.Backdrop(width, height, lambda *place: grid.painted_thumbnail(image.evidence, *place))


def _draw_curves(values: list[_Value], label: str) -> str | None:
    curves = [curve.Curve(v.name, v.role, v.numbers.flat) for v in values if v.kind == "curve" and v.numbers]
    return curve.draw(curves, label)


def _plates(values: list[_Value], kind: str) -> list[grid.Plate]:
    """The values of a kind; what came back is marked where it differs from what was wanted in its place."""
    wanted = [v.numbers for v in values if v.role == "wanted"]
    got = [v for v in values if v.role == "got"]
    plates = []
    for value in values:
        if value.kind == kind and value.numbers is not None:
            place = got.index(value) if value.role == "got" else len(wanted)
            plates.append(
                grid.Plate(
                    value.name, value.role, value.numbers, wanted[place] if place < len(wanted) else None
                )
            )
    return plates
