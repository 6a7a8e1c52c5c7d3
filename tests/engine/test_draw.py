"""Counterexamples as pictures: what is drawn of which kind of value, and that no value can break a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from grader.evidence import THUMBNAIL, describe
from grader.model import Counterexample
from grader.report.draw import Figure, figures, standalone
from grader.report.draw.grid import preview

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*arguments: Any, got: Any = None, wanted: Any = None, **shows: str) -> tuple[Figure, ...]:
    given = tuple((str(n), describe(a)) for n, a in enumerate(arguments, 1))
    example = Counterexample("f", given, describe(got), describe(wanted))
    return figures(example, shows, "en")


def words_of(figure: Figure) -> list[str]:
    return [t.text or "" for t in ET.fromstring(figure.svg).iter(f"{SVG}text")]


def test_boxes_lie_in_one_picture_with_a_legend() -> None:
    one, two = (
        torch.tensor([[0.0, 0.0, 0.5, 0.5]]),
        torch.tensor([[0.5, 0.5, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]]),
    )
    (figure,) = drawn(one, two, got=one, wanted=two[:1], a="boxes", b="boxes", returns="boxes")
    assert figure.kind == "boxes"
    assert len(ET.fromstring(figure.svg).findall(f"{SVG}rect")) == 1 + 5, "the image and five boxes"
    assert words_of(figure)[-4:] == ["a", "b", "came back", "wanted"]


def test_boxes_by_centre_and_by_corners_agree() -> None:
    corners, centre = torch.tensor([[2.0, 2.0, 6.0, 4.0]]), torch.tensor([[4.0, 3.0, 4.0, 2.0]])
    (first,), (second,) = drawn(corners, a="boxes"), drawn(centre, a="centre_boxes")
    assert re.findall("<rect[^>]*>", first.svg) == re.findall("<rect[^>]*>", second.svg)


def test_a_matrix_marks_the_cells_that_differ() -> None:
    wanted = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    (figure,) = drawn(got=wanted + torch.tensor([[0.0, 0.0], [0.0, 1.0]]), wanted=wanted)
    assert figure.kind == "matrix"
    marks = [r for r in ET.fromstring(figure.svg).iter(f"{SVG}rect") if r.get("stroke-width") == "2.2"]
    assert len(marks) == 1
    assert [w for w in words_of(figure) if w in ("4", "5")] == ["5", "4"]


def test_what_was_returned_for_boxes_but_is_none_is_a_matrix() -> None:
    (figure,) = drawn(got=torch.zeros(2, 3), wanted=torch.zeros(2, 4)[:, :3], returns="boxes")
    assert figure.kind == "matrix"


def test_images_and_masks() -> None:
    figure, mask = drawn(torch.rand(3, 5, 4), torch.randint(0, 3, (5, 4)), a="image", b="mask")[::-1]
    assert (figure.kind, mask.kind) == ("image", "mask")
    assert len(ET.fromstring(figure.svg).findall(f"{SVG}rect")) == 20


def test_boxes_in_pixels_lie_on_their_image() -> None:
    picture = Image.new("RGB", (600, 400), "red")
    (figure,) = drawn(picture, got=torch.tensor([10.0, 20.0, 300.0, 390.0]), image="image", returns="boxes")
    root = ET.fromstring(figure.svg)
    assert figure.kind == "boxes"
    assert len(root.findall(f"{SVG}image")) == 1


def test_a_curve() -> None:
    (figure,) = drawn(got=[1.0, 0.5, 0.3, 0.1], wanted=[1.0, 0.4, 0.2, 0.1], returns="curve")
    assert figure.kind == "curve"


def test_scalars_are_not_drawn() -> None:
    assert drawn(0.5, got=torch.tensor(1.0), wanted=torch.tensor(2.0)) == ()


@pytest.mark.parametrize(
    "value",
    [
        torch.rand(3, 300, 200),
        torch.rand(2, 3, 64, 64),
        torch.randint(0, 21, (500, 375)),
        torch.randint(0, 256, (3, 400, 90), dtype=torch.uint8),
        torch.full((1, 64, 64), float("nan")),
        torch.rand(20, 30, dtype=torch.bfloat16).expand(20, 30),
        torch.rand(20, 30) > 0.5,
        Image.new("L", (1000, 10)),
        Image.new("RGBA", (3, 5000)),
    ],
)
def test_what_is_too_large_to_keep_has_a_thumbnail(value: Any) -> None:
    found = preview(describe(value))
    assert found is not None
    _, width, height = found
    assert 1 <= width <= THUMBNAIL
    assert 1 <= height <= THUMBNAIL


@pytest.mark.parametrize(
    "value",
    [torch.rand(10_000), torch.rand(1, 1000), torch.zeros(0, 3, 4), torch.rand(20, 20, dtype=torch.complex64),
     torch.empty(3, 99, 99, device="meta"), torch.rand(30, 30).to_sparse()],
)  # fmt: skip
def test_what_is_no_picture_has_none(value: Any) -> None:
    assert preview(describe(value)) is None


numbers = st.one_of(st.integers(-5, 5), st.floats(), st.just("nan"), st.none(), st.text(max_size=3))
nested = st.recursive(numbers, lambda inner: st.lists(inner, max_size=4), max_leaves=20)
hostile = st.fixed_dictionaries(
    {"kind": st.sampled_from(["tensor", "array", "image", "list", "tuple", "float", "object", "dict"])},
    optional={
        "shape": st.lists(st.integers(-1, 6), max_size=4),
        "values": nested,
        "dtype": st.sampled_from(["float32", "int64", "<script>"]),
        "items": nested,
        "size": st.one_of(nested, st.lists(st.integers(0, 9), min_size=2, max_size=2)),
        "text": st.text(max_size=4),
        "preview": st.one_of(nested, st.fixed_dictionaries({"png": st.text(max_size=9), "width": numbers, "height": numbers})),
    },
)  # fmt: skip
evidence = st.one_of(hostile, nested, st.text(max_size=5))
kinds = st.sampled_from(
    ["boxes", "centre_boxes", "class_boxes", "detections", "matrix", "mask", "image", "curve", "value"]
)


@given(one=evidence, two=evidence, got=evidence, wanted=evidence, shown=st.tuples(kinds, kinds, kinds))
def test_no_evidence_breaks_a_picture(
    one: Any, two: Any, got: Any, wanted: Any, shown: tuple[str, str, str]
) -> None:
    example = Counterexample("<b>\x00", (("1", one), ("<script>", two)), got, wanted)
    for figure in figures(example, dict(zip(("x", "y", "returns"), shown, strict=True)), "en"):
        ET.fromstring(figure.svg.replace("\x00", ""))
        assert "<script" not in figure.svg
        assert "nan" not in re.sub(r">[^<]*<", "", figure.svg), "no coordinate may be NaN"


def test_a_picture_on_its_own_follows_dark_and_light_and_loads_nothing() -> None:
    (figure,) = drawn(got=torch.eye(2), wanted=torch.ones(2, 2))
    alone = standalone(figure.svg)
    assert "prefers-color-scheme:dark" in alone
    assert "http" not in alone.replace("http://www.w3.org/2000/svg", "")
    ET.fromstring(alone)
