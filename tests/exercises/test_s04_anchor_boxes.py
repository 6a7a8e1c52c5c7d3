"""Graded properties of 13.4.

Where a rule leaves room (equal overlaps, equal scores, an overlap right at a threshold), inputs are chosen
so that the rule decides clearly: `assume(rule.margin > CLEAR)`. What happens at the threshold has its own check.
Many properties compare two answers of the student's own, so that one mistake fails one property only.
"""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import GRID, corner_box, corner_boxes, grid_tensor
from torch import Tensor

from grader.checks import Disagreement, Tolerance, agree, expect, number, sequence, tensor
from grader.compare import difference
from grader.errors import StudentFault

CLEAR = 1e-3
CPU = torch.device("cpu")
PART = st.integers(1, 15)
THRESHOLD = st.sampled_from([0.2, 0.3, 0.4, 0.6, 0.7, 0.8])  # no multiple of 1/16


def _pair(part: int) -> Tensor:
    """The unit square and its left `part` sixteenths: their IoU is part/16."""
    return torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, part / GRID, 1.0]])


def _symptom(got: Tensor, causes: dict[str, Tensor]) -> str | None:
    """The hint whose mistake would give just this result."""
    return next((hint for hint, other in causes.items() if difference(got, other) is None), None)


def _iou(a: list[float], b: list[float], extra: float = 0.0) -> float:
    """IoU of two corner boxes, written out; `extra` = 1 counts the end pixel."""
    width = max(min(a[2], b[2]) - max(a[0], b[0]) + extra, 0.0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]) + extra, 0.0)
    area_a, area_b = ((x2 - x1 + extra) * (y2 - y1 + extra) for x1, y1, x2, y2 in (a, b))
    return width * height / (area_a + area_b - width * height)


# -- 13.4.1

SIZES = st.lists(st.sampled_from([k / 8 for k in range(1, 9)]), min_size=1, max_size=3, unique=True)
RATIOS = st.lists(st.sampled_from([1, 2, 0.5, 3, 4, 0.25, 1.5]), min_size=1, max_size=3, unique=True)
SIDE = st.integers(1, 4)


def _anchors(student, height: int, width: int, sizes: list[float], ratios: list[float]) -> Tensor:
    """(H, W, boxes per pixel, 4): the student's anchors; the leading 1 may be missing."""
    boxes = tensor(
        student.multibox_prior(torch.zeros(1, 3, height, width), sizes, ratios), what="multibox_prior"
    )
    whole = boxes if boxes.ndim == 3 else boxes[None]
    count = height * width * (len(sizes) + len(ratios) - 1)
    form = f"multibox_prior has shape {tuple(boxes.shape)}, wanted (1, {count}, 4): one row per anchor"
    expect(whole.ndim == 3 and whole.shape[0] == 1 and whole.shape[2] == 4, form, got=boxes)
    expect(whole.shape[1] > 0 and whole.shape[1] % (height * width) == 0, form, got=boxes)
    return whole.reshape(height, width, -1, 4)


def _centres(boxes: Tensor) -> Tensor:
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def _extent(boxes: Tensor) -> Tensor:
    return boxes[..., 2:] - boxes[..., :2]


FORMS = {
    "boxes are given as (y1, x1, y2, x2), wanted (x1, y1, x2, y2)": lambda boxes: boxes[..., [1, 0, 3, 2]],
    "boxes are given as (cx, cy, w, h), wanted corners": lambda boxes: torch.cat(
        (_centres(boxes), _extent(boxes)), dim=-1
    ),
}


def _form(student, reference) -> list[tuple[str, Callable[[Tensor], Tensor]]]:
    """The other convention in which the student gives right boxes, if there is one.

    It is found on an example without symmetry, so that no wrong answer passes for another convention.
    """
    example = (2, 3, [0.5, 0.25], [1, 2])
    theirs, ours = _anchors(student, *example), _anchors(reference, *example)
    return [(name, form) for name, form in FORMS.items() if difference(theirs, form(ours)) is None]


def _grid(rows: Tensor, columns: Tensor) -> Tensor:
    """(H, W, 1, 2) points (x, y)."""
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack((x, y), dim=-1)[:, :, None]


@given(height=SIDE, width=SIDE, sizes=SIZES, ratios=RATIOS)
def test_anchor_centres(student, reference, height, width, sizes, ratios):
    """All boxes of the pixel in row i, column j have their centre at ((j + 0.5)/W, (i + 0.5)/H); pixels come row by row."""
    form = _form(student, reference)
    got = _centres(_anchors(student, height, width, sizes, ratios))
    rows, columns = torch.arange(height), torch.arange(width)
    y, x = (rows + 0.5) / height, (columns + 0.5) / width
    right = _grid(y, x).expand_as(got)
    causes = {
        "The centres stand on the corners of the pixels: add half a pixel.": _grid(
            rows / height, columns / width
        ),
        "Height and width are exchanged: x runs over the W columns, y over the H rows.": _grid(x, y),
        "Pixels come column by column; wanted row by row.": _grid(y, x).transpose(0, 1),
    }
    hint = _symptom(
        got, {why: other.reshape(height, width, 1, 2).expand_as(got) for why, other in causes.items()}
    )
    expected = _anchors(reference, height, width, sizes, ratios)
    forms = {name: _centres(other(expected)) for name, other in form}
    agree(got, right, what="centre (x, y) of the boxes of pixel [row, column]", conventions=forms, hint=hint)


@given(side=st.integers(1, 3), size=SIZES, ratio=RATIOS, many=st.sampled_from(["sizes", "ratios"]))
def test_anchor_shapes_on_square_maps(student, reference, side, size, ratio, many):
    """On a square map the box of size s and ratio r is s·√r wide and s/√r high."""
    form = _form(student, reference)
    sizes, ratios = (size, [1]) if many == "sizes" else (size[:1], [1, *(r for r in ratio if r != 1)])
    expected = _anchors(reference, side, side, sizes, ratios)
    got, wanted = _extent(_anchors(student, side, side, sizes, ratios)), _extent(expected)
    s = torch.tensor([*sizes, *sizes[:1] * (len(ratios) - 1)])
    r = torch.tensor([*ratios[:1] * len(sizes), *ratios[1:]])
    causes = {
        "The square root is missing: the width is s·√r, the height s/√r.": torch.stack((s * r, s / r), -1),
        "Width and height are exchanged: a larger ratio makes a box wider.": wanted.flip(-1),
    }
    hint = _symptom(
        got,
        {why: other.expand(got.shape) for why, other in causes.items() if other.shape[-2] == got.shape[-2]},
    )
    forms = {name: _extent(other(expected)) for name, other in form}
    agree(
        got,
        wanted,
        what="(width, height) of the boxes, as fractions of the image",
        conventions=forms,
        hint=hint,
    )


@given(s=st.sampled_from([1.0, 0.5, 0.25, 0.75]), r=st.sampled_from([2, 3, 4, 0.5, 0.25]))
def test_anchor_area_and_ratio(student, reference, s, r):
    """A box has the area s², whatever its ratio, and width/height is r."""
    form = _form(student, reference)
    got, expected = (_anchors(who, 1, 1, [s], [1, r])[0, 0] for who in (student, reference))
    expect(len(got) == 2, f"{len(got)} anchors for 1 pixel, 1 size and 2 ratios, wanted 2", got=got)
    w, h = _extent(got).unbind(-1)
    if not form:
        in_order = bool((w > 0).all() and (h > 0).all())
        expect(in_order, "a box has no positive width and height: are the corners in order?", got=got)
    forms = {name: _extent(other(expected)) for name, other in form}
    agree(w * h, torch.full((2,), s * s), what="area", conventions={n: f.prod(-1) for n, f in forms.items()})
    wanted = torch.tensor([1.0, r])
    agree(w / h, wanted, what="width/height", conventions={n: f[:, 0] / f[:, 1] for n, f in forms.items()})


@given(side=st.integers(1, 2), sizes=SIZES, ratios=RATIOS)
def test_anchor_count_and_order(student, side, sizes, ratios):
    """Each pixel has n + m − 1 boxes, in the order (s1,r1), (s2,r1) … (sn,r1), then (s1,r2) … (s1,rm)."""
    alone = [_anchors(student, side, side, [s], ratios[:1])[:, :, 0] for s in sizes]
    alone += [_anchors(student, side, side, sizes[:1], [ratios[0], r])[:, :, -1] for r in ratios[1:]]
    got = _anchors(student, side, side, sizes, ratios)
    n, m, k = len(sizes), len(ratios), got.shape[2]
    expect(
        k == n + m - 1,
        f"{k} boxes per pixel for {n} sizes and {m} ratios, wanted n + m − 1 = {n + m - 1}",
        got=got.reshape(1, -1, 4),
        hint="Only pairs that hold s1 or r1 are used, not every size with every ratio."
        if k == n * m
        else None,
    )
    other = torch.stack([alone[0], *alone[n:], *alone[1:n]], dim=2)
    agree(
        got,
        torch.stack(alone, dim=2),
        what="boxes of pixel [row, column], compared with your own boxes for one size and ratio at a time",
        conventions={"the further ratios come before the further sizes; the book has the sizes first": other},
    )


@given(s=st.sampled_from([0.5, 0.25, 1.0]), r=st.sampled_from([2, 4, 0.5, 3]))
def test_first_ratio_shapes_its_boxes(student, s, r):
    """The first ratio shapes its boxes like any other: (s, r) gives the same box wherever r stands in the list."""
    later = _anchors(student, 1, 1, [s], [1, r])[0, 0, -1]
    first = _anchors(student, 1, 1, [s], [r])[0, 0, 0]
    agree(
        first,
        later,
        what=f"the box of ratio {r} given first, compared with your own when it is given second",
        hint="The first ratio counts too: s·√r1 wide and s/√r1 high (older printings leave √r1 out).",
    )


@given(height=SIDE, width=SIDE, sizes=SIZES, ratios=RATIOS)
def test_anchors_on_rectangular_maps(student, reference, height, width, sizes, ratios):
    """In pixels, boxes on an H×W map have the same width and height as on an H×H map."""
    form = _form(student, reference)
    square = _extent(_anchors(student, height, height, sizes, ratios))[0, 0]
    boxes = _anchors(student, height, width, sizes, ratios)
    expect(
        boxes.shape[2] == len(square),
        f"{boxes.shape[2]} boxes per pixel, and {len(square)} on a square map",
        got=boxes,
    )
    wanted = (square * height).expand(height, width, -1, 2)  # in pixels
    got = _extent(boxes) * torch.tensor([width, height])
    uncorrected = wanted * torch.tensor([width / height, 1.0])
    overdone = wanted * torch.tensor([(width / height) ** 2, 1.0])
    expected = _anchors(reference, height, width, sizes, ratios)
    forms = {name: _extent(other(expected)) * torch.tensor([width, height]) for name, other in form}
    agree(
        got,
        wanted,
        what=f"(width, height) in pixels on a map of {height} rows and {width} columns",
        conventions={"widths are s·W·√r pixels (older text); the book's rule now is s·H·√r": uncorrected}
        | forms,
        hint=_symptom(got, {"The width has to be multiplied by H/W, not by W/H.": overdone}),
    )


@given(data=grid_tensor(2, 1, 2, 3))
def test_anchors_ignore_the_data(student, data):
    """Only height and width of `data` matter: not its values, its channels or the number of images."""
    alone = tensor(student.multibox_prior(torch.zeros(1, 3, 2, 3), [0.5], [1, 2]), what="multibox_prior")
    got = tensor(student.multibox_prior(data, [0.5], [1, 2]), what="multibox_prior")
    agree(got, alone, what="anchors for 2 images of 1 channel, compared with those for 1 image of 3 channels")


def test_anchors_leave_the_data_alone(student):
    """multibox_prior changes neither `data` nor the lists of sizes and ratios."""
    student.multibox_prior(torch.ones(1, 1, 2, 2), [0.5, 0.25], [1, 2])
    expect(not student.changed, f"multibox_prior changed {', '.join(student.changed)} in place")


def test_anchors_follow_the_device(student):
    """The anchors are on the device of `data`."""
    data = torch.zeros(1, 1, 2, 2, device="meta")  # a device without values, there on every machine
    try:
        got = student.multibox_prior(data, [0.5], [1])
    except StudentFault as fault:
        # code that looks at values can't run on this device; on a real one it may be right, unless it mixes the two
        mixed = re.search("same device|expected device", str(fault))
        expect(
            not mixed, f"multibox_prior mixes tensors of two devices; all belong to `data.device` ({fault})"
        )
        return
    if isinstance(got, Tensor):
        expect(
            got.device == data.device,
            f"the anchors are on {got.device}, `data` is on another device (`data.device`)",
        )


# -- 13.4.2


@st.composite
def overlapping_pair(draw) -> tuple[list[float], list[float]]:
    """Two boxes whose insides overlap; identical, nested and crossing ones occur."""
    a = draw(corner_box())
    starts, ends = [], []
    for low, high in ((a[0], a[2]), (a[1], a[3])):
        length = draw(st.integers(1, 2 * GRID))
        shift = draw(st.integers(1 - length, round((high - low) * GRID) - 1))
        starts.append(low + shift / GRID)
        ends.append(starts[-1] + length / GRID)
    return a, starts + ends


def _one_iou(student, a: list[float], b: list[float]) -> Tensor:
    """The student's IoU of two single boxes; the shape has its own check."""
    got = tensor(student.box_iou(torch.tensor([a]), torch.tensor([b])), what="box_iou")
    expect(
        got.numel() == 1,
        f"box_iou of one box with one box has shape {tuple(got.shape)}, wanted (1, 1)",
        got=got,
    )
    return got.reshape(())


def _check_iou(student, a: list[float], b: list[float], wanted: float, what: str = "IoU") -> None:
    got = _one_iou(student, a, b)
    both = _iou(a, b)
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    twice = both / (1 + both)  # the intersection over the plain sum of the areas
    causes = {
        "The sum of the areas counts the intersection twice: subtract it once.": torch.tensor(twice),
        "This is the intersection itself: divide it by the union.": torch.tensor(twice * areas),
    }
    agree(
        got,
        torch.tensor(wanted),
        what=what,
        conventions={
            "areas count the end pixel (+1); the book's rule is (x2 − x1)·(y2 − y1)": torch.tensor(
                _iou(a, b, 1.0)
            )
        },
        hint=_symptom(got, causes),
    )


@given(pair=overlapping_pair())
def test_iou_of_overlapping_boxes(student, reference, pair):
    """IoU is the area of the intersection over the area of the union."""
    wanted = tensor(reference.box_iou(torch.tensor([pair[0]]), torch.tensor([pair[1]])))
    agree(wanted, torch.tensor([[_iou(*pair)]]))  # two ways to the same number
    _check_iou(student, *pair, wanted.item())


def test_iou_known_value(student):
    """(1, 1, 4, 4) and (1.4, 1, 5, 5) have IoU 0.5."""
    _check_iou(student, [1.0, 1.0, 4.0, 4.0], [1.4, 1.0, 5.0, 5.0], 0.5)


@given(box=corner_box())
def test_iou_with_itself(student, box):
    """The IoU of a box with itself is 1, however thin it is."""
    _check_iou(student, box, box, 1.0)


@given(box=corner_box(), left=st.integers(0, 3), top=st.integers(0, 3))
def test_iou_of_nested_boxes(student, box, left, top):
    """The IoU of a box with one inside it is the ratio of their areas."""
    w, h = box[2] - box[0], box[3] - box[1]
    inner = [box[0] + left * w / 4, box[1] + top * h / 4, box[2], box[3]]
    _check_iou(student, box, inner, (1 - left / 4) * (1 - top / 4))


@given(pair=overlapping_pair(), shift=st.integers(-4, 4), scale=st.sampled_from([2.0, 0.25, 512.0]))
def test_iou_ignores_place_and_scale(student, pair, shift, scale):
    """Moving both boxes, or enlarging both (fractions of the image or pixels), does not change their IoU."""
    moved = [[v + shift for v in box] for box in pair]
    scaled = [[v * scale for v in box] for box in pair]
    _check_iou(student, *moved, _iou(*pair), what=f"IoU after a shift by {shift}")
    _check_iou(student, *scaled, _iou(*pair), what=f"IoU after a scaling by {scale:g}")


@given(box=corner_box(), other=corner_box())
def test_iou_of_touching_boxes(student, box, other):
    """Boxes that only share an edge or a corner have IoU 0."""
    w, h = other[2] - other[0], other[3] - other[1]
    for x, y in ((box[2], box[1]), (box[0], box[3]), (box[2], box[3])):
        _check_iou(student, box, [x, y, x + w, y + h], 0.0)


@given(box=corner_box(), other=corner_box(), gap=st.integers(1, 3))
def test_iou_of_boxes_apart(student, box, other, gap):
    """Boxes that lie apart have IoU 0: side by side, one above the other, or diagonally."""
    w, h = other[2] - other[0], other[3] - other[1]
    places = {
        "side by side": (box[2] + gap, box[1]),
        "one above the other": (box[0], box[1] - h - gap),
        "diagonally": (box[2] + gap, box[3] + gap),
    }
    for how, (x, y) in places.items():
        got = _one_iou(student, box, [x, y, x + w, y + h])
        agree(
            got,
            torch.tensor(0.0),
            what=f"IoU of boxes that lie apart ({how})",
            hint="Clamp the width and the height of the intersection at 0, each of them, before you multiply.",
        )


@given(box=corner_box(), other=corner_box())
def test_iou_range(student, box, other):
    """IoU lies between 0 and 1."""
    got = float(_one_iou(student, box, other))
    expect(-1e-6 <= got <= 1 + 1e-6, f"IoU is {got:.4g}, wanted a number in 0..1", got=got)


@given(boxes1=corner_boxes(most=3), boxes2=corner_boxes(most=3))
def test_iou_is_pairwise(student, boxes1, boxes2):
    """box_iou gives an (n, m) table: row i, column j is the IoU of boxes1[i] and boxes2[j]."""
    alone = [[float(_one_iou(student, a, b)) for b in boxes2.tolist()] for a in boxes1.tolist()]
    n, m = len(boxes1), len(boxes2)
    meaning = "one row per box of boxes1, one column per box of boxes2"
    turned = tensor(student.box_iou(boxes2, boxes1), shape=(m, n), what="box_iou", meaning=meaning)
    got = tensor(student.box_iou(boxes1, boxes2), shape=(n, m), what="box_iou", meaning=meaning)
    agree(got, torch.tensor(alone), what="box_iou, compared with your own values for one pair at a time")
    agree(got, turned.T, what="box_iou(boxes1, boxes2), compared with box_iou(boxes2, boxes1) transposed")


def test_iou_leaves_its_inputs_alone(student):
    """box_iou does not change the boxes it is given."""
    student.box_iou(
        torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 1.0, 3.0, 3.0], [2.0, 0.0, 3.0, 1.0]])
    )
    expect(not student.changed, f"box_iou changed {', '.join(student.changed)} in place")


@given(target=st.integers(1, 20).map(lambda k: k / 20) | st.sampled_from([0.001, 1 / 3, 0.999, 0.5]))
def test_boxes_have_the_wanted_iou(student, target):
    """The two boxes of boxes_with_iou(target) have that IoU, for any target in (0, 1]."""
    pair = sequence(student.boxes_with_iou(target), 2, what="boxes_with_iou")
    boxes = [_four_numbers(box) for box in pair]
    for box in boxes:
        expect(box[0] < box[2] and box[1] < box[3], "a box has no area: wanted x1 < x2 and y1 < y2", got=box)
    agree(_iou(*boxes), target, what="the IoU of your two boxes", within=Tolerance(0.0, 1e-5))


def test_impossible_iou_is_an_error(student):
    """A target outside (0, 1] is an error: boxes_with_iou raises ValueError."""
    for target in (-0.5, 0.0, 1.5):
        try:
            got = student.boxes_with_iou(target)
        except StudentFault:
            continue
        expect(False, f"boxes_with_iou({target}) gives boxes, wanted a ValueError", got=got)


def _four_numbers(box) -> list[float]:
    """A box as (4,) or (1, 4) tensor, or as four numbers."""
    if isinstance(box, Tensor):
        box = tensor(box.flatten(), shape=(4,), dtype=None, what="a box").double().tolist()
    return [number(v, what="a coordinate") for v in sequence(box, 4, what="a box")]


# -- 13.4.3: assigning ground truths to anchors


class Assignment(NamedTuple):
    """The book's rule written out.

    by_threshold  after rule 1 (IoU ≥ threshold)
    final         after rule 2 too (every ground truth gets an anchor)
    best          for each ground truth, its anchor of largest IoU
    margin        how clearly the closest decision was made
    """

    by_threshold: list[int]
    final: list[int]
    best: list[int]
    margin: float


def _assign(truths: list[list[float]], anchors: list[list[float]], threshold: float = 0.5) -> Assignment:
    overlap = {(a, t): _iou(anchors[a], truths[t]) for a in range(len(anchors)) for t in range(len(truths))}
    margins = [math.inf]
    by_threshold = [-1] * len(anchors)
    for a in range(len(anchors)):
        ranked = sorted(range(len(truths)), key=lambda t: -overlap[a, t])
        margins.append(abs(overlap[a, ranked[0]] - threshold))
        if overlap[a, ranked[0]] >= threshold:
            by_threshold[a] = ranked[0]
            margins += [overlap[a, ranked[0]] - overlap[a, t] for t in ranked[1:2]]
    final, left = list(by_threshold), dict(overlap)
    for _ in truths[: len(anchors)]:
        first, *others = sorted(left, key=lambda at: -left[at])
        margins += [left[first] - left[at] for at in others[:1]]
        final[first[0]] = first[1]
        left = {at: u for at, u in left.items() if at[0] != first[0] and at[1] != first[1]}
    best = [max(range(len(anchors)), key=lambda a: overlap[a, t]) for t in range(len(truths))]
    return Assignment(by_threshold, final, best, min(margins))


@st.composite
def easy_scene(draw) -> tuple[list[list[float]], list[list[float]]]:
    """Ground truths and anchors: each truth has an anchor close to it, others may be anywhere."""
    truths = [draw(corner_box(0, 1)) for _ in range(draw(st.integers(1, 2)))]
    anchors = []
    for x1, y1, x2, y2 in truths:
        anchors.append([x1, y1, x2 + (x2 - x1) * draw(st.integers(0, 3)) / 8, y2])
    anchors += [draw(corner_box(0, 1)) for _ in range(draw(st.integers(0, 2)))]
    rule = _assign(truths, anchors)
    assume(rule.margin > CLEAR and rule.by_threshold == rule.final and len(set(rule.best)) == len(truths))
    return truths, draw(st.permutations(anchors))


@st.composite
def any_scene(draw) -> tuple[list[list[float]], list[list[float]]]:
    """Ground truths and anchors anywhere; no two truths have the same best anchor."""
    truths = [draw(corner_box(0, 1)) for _ in range(draw(st.integers(1, 2)))]
    anchors = [draw(corner_box(0, 1)) for _ in range(draw(st.integers(len(truths), 4)))]
    rule = _assign(truths, anchors)
    assume(rule.margin > CLEAR and len(set(rule.best)) == len(truths))
    return truths, anchors


@st.composite
def contested_scene(draw) -> tuple[list[list[float]], list[list[float]]]:
    """Two ground truths that share their best anchor, and another anchor farther away."""

    def box(shift: int) -> list[float]:
        return [shift / GRID, 0.0, shift / GRID + 1, 1.0]

    truths = [box(0), box(draw(st.integers(1, 4)))]
    anchors = [box(draw(st.integers(-1, 4))), box(draw(st.integers(6, 15)))]
    rule = _assign(truths, anchors)
    assume(rule.margin > CLEAR and len(set(rule.best)) == 1)
    return truths, draw(st.permutations(anchors))


def _whole(value, shape: tuple[int, ...], what: str, meaning: str) -> Tensor:
    """Whole numbers of any dtype, as integers."""
    got = tensor(value, shape=shape, dtype=None, what=what, meaning=meaning).double()
    expect(bool((got == got.round()).all()), f"{what} holds numbers that are not whole", got=got)
    return got.long()


def _assigned(student, truths: Tensor, anchors: Tensor, *threshold: float) -> Tensor:
    value = student.assign_anchor_to_bbox(truths, anchors, CPU, *threshold)
    return _whole(value, (len(anchors),), "assign_anchor_to_bbox", "one index per anchor")


def _check_assignment(student, truths, anchors, wanted: list[int], *threshold: float, **options) -> None:
    got = _assigned(student, torch.tensor(truths), torch.tensor(anchors), *threshold)
    agree(got, torch.tensor(wanted), what="assigned ground truth of the anchors", **options)


@given(scene=easy_scene())
def test_anchors_get_their_nearest_truth(student, reference, scene):
    """An anchor with IoU ≥ 0.5 gets the ground truth of its largest IoU; the other anchors get −1."""
    wanted = _assign(*scene).final
    _check_assignment(reference, *scene, wanted)  # two ways to the same answer
    _check_assignment(student, *scene, wanted)


@given(scene=any_scene())
def test_truths_below_the_threshold_get_an_anchor(student, reference, scene):
    """A ground truth that no anchor reaches with IoU ≥ 0.5 still gets the anchor of its largest IoU."""
    rule = _assign(*scene)
    _check_assignment(reference, *scene, rule.final)
    hint = "No IoU reaches the threshold here, but every ground truth needs an anchor of its own."
    got = _assigned(student, *(torch.tensor(boxes) for boxes in scene))
    what = "assigned ground truth of the anchors"
    agree(
        got, torch.tensor(rule.final), what=what, hint=_symptom(got, {hint: torch.tensor(rule.by_threshold)})
    )


@given(scene=contested_scene())
def test_contested_anchor_goes_to_the_larger_iou(student, scene):
    """When two ground truths want one anchor, the larger IoU gets it and the other takes its next best."""
    hint = "Strike out row and column of the largest IoU before you look for the next one."
    _check_assignment(student, *scene, _assign(*scene).final, hint=hint)


@given(truths=corner_boxes(most=3, low=0, high=1), anchors=corner_boxes(least=3, most=4, low=0, high=1))
def test_every_truth_gets_an_anchor(student, truths, anchors):
    """With at least as many anchors as ground truths, every ground truth is assigned to some anchor."""
    got = _assigned(student, truths, anchors)
    left_out = set(range(len(truths))) - set(got.tolist())
    expect(not left_out, f"ground truth {sorted(left_out)} has no anchor", got=got)


@given(part=PART, threshold=THRESHOLD)
def test_assignment_honours_its_threshold(student, part, threshold):
    """`iou_threshold` decides from which IoU on an anchor takes part."""
    anchors = _pair(part)
    got = _assigned(student, anchors[:1], anchors, threshold)
    wanted, by_half = (torch.tensor([0, 0 if part / GRID >= limit else -1]) for limit in (threshold, 0.5))
    hint = _symptom(got, {"Compare with the argument `iou_threshold`, not with 0.5.": by_half})
    agree(got, wanted, what=f"assigned ground truth of anchors with IoU 1 and {part / GRID:g}", hint=hint)


def test_assignment_at_the_threshold(student):
    """An anchor whose IoU is exactly the threshold takes part (IoU ≥ threshold)."""
    anchors = _pair(8).tolist()
    other = "an anchor needs more than the threshold (IoU > threshold); the book's rule is IoU ≥ threshold"
    conventions = {other: torch.tensor([0, -1])}
    _check_assignment(student, anchors[:1], anchors, [0, 0], 0.5, conventions=conventions)


# -- 13.4.3: offsets

# `eps` may stand inside or outside the quotient; with ratios down to 1/32 that changes 5·ln by up to 2e-4.
EPS_ANYWHERE = Tolerance(1e-4, 1e-3)


def _centre_form(box: list[float]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1


def _offset(anchor: list[float], box: list[float], log=math.log, factors=(10.0, 5.0)) -> list[float]:
    """The offsets of a box from its anchor, written out."""
    (xa, ya, wa, ha), (xb, yb, wb, hb) = _centre_form(anchor), _centre_form(box)
    shift, scale = factors
    return [shift * (xb - xa) / wa, shift * (yb - ya) / ha, scale * log(wb / wa), scale * log(hb / ha)]


def _offsets(student, anchors: Tensor, boxes: Tensor, *eps: float) -> Tensor:
    shape = tuple(anchors.shape)
    return tensor(
        student.offset_boxes(anchors, boxes, *eps),
        shape=shape,
        what="offset_boxes",
        meaning="one row per anchor",
    )


@st.composite
def matched_boxes(draw) -> tuple[Tensor, Tensor]:
    """As many anchors as boxes."""
    count = draw(st.integers(1, 2))
    return tuple(torch.tensor([draw(corner_box()) for _ in range(count)]) for _ in range(2))


@given(pair=matched_boxes())
def test_offset_values(student, reference, pair):
    """The offsets are (10·Δx/w, 10·Δy/h, 5·ln(w'/w), 5·ln(h'/h)), centres and sizes measured in the anchor's."""
    rows = list(zip(*(boxes.tolist() for boxes in pair), strict=True))
    agree(
        tensor(reference.offset_boxes(*pair)),
        torch.tensor([_offset(*row) for row in rows]),
        within=EPS_ANYWHERE,
    )
    got, wanted = _offsets(student, *pair), tensor(reference.offset_boxes(*pair))
    mistakes = {
        "This is the logarithm of base 2; wanted the natural logarithm.": {"log": math.log2},
        "This is the logarithm of base 10; wanted the natural logarithm.": {"log": math.log10},
        "The deviations 0.1 and 0.2 divide: that makes factors of 10 and 5.": {"factors": (0.1, 0.2)},
        "The factors 10 (for the centre) and 5 (for the size) are missing.": {"factors": (1.0, 1.0)},
        "The factors 10 and 5 are exchanged: 10 is for the centre.": {"factors": (5.0, 10.0)},
    }
    causes = {hint: torch.tensor([_offset(*row, **how) for row in rows]) for hint, how in mistakes.items()}
    hint = next(
        (h for h, other in causes.items() if difference(got, other, within=EPS_ANYWHERE) is None), None
    )
    agree(got, wanted, what="offset_boxes", within=EPS_ANYWHERE, hint=hint)


def test_offset_known_value(student):
    """For the anchor (0, 0, 2, 2) and the box (1, 0, 5, 2) the offsets are (10, 0, 5·ln 2, 0)."""
    got = _offsets(student, torch.tensor([[0.0, 0.0, 2.0, 2.0]]), torch.tensor([[1.0, 0.0, 5.0, 2.0]]))
    agree(got, torch.tensor([[10.0, 0.0, 5 * math.log(2), 0.0]]), what="offset_boxes", within=EPS_ANYWHERE)


@given(pair=matched_boxes(), shift=st.integers(-3, 3), scale=st.sampled_from([4.0, 0.25]))
def test_offsets_are_relative(student, pair, shift, scale):
    """Moving or enlarging anchor and box together does not change the offsets; an anchor has offsets 0 to itself."""
    plain = _offsets(student, *pair)
    agree(
        _offsets(student, *(boxes + shift for boxes in pair)),
        plain,
        what="offsets after a shift",
        within=EPS_ANYWHERE,
    )
    agree(
        _offsets(student, *(boxes * scale for boxes in pair)),
        plain,
        what="offsets after a scaling",
        within=EPS_ANYWHERE,
    )
    zero = torch.zeros_like(pair[0])
    agree(
        _offsets(student, pair[0], pair[0]), zero, what="offsets of an anchor to itself", within=EPS_ANYWHERE
    )


@given(eps=st.sampled_from([1 / 64, 1 / 256, 1 / 16]))
def test_offsets_of_an_empty_box_stay_finite(student, eps):
    """A box of no width and height gives finite offsets: those of a box of size eps, instead of minus infinity."""
    anchor, empty = torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([[0.5, 0.5, 0.5, 0.5]])
    tiny = empty + torch.tensor([-eps, -eps, eps, eps]) / 2
    wanted = _offsets(student, anchor, tiny, 1e-9)
    got = _offsets(student, anchor, empty, eps)
    agree(got, wanted, what=f"offsets of an empty box with eps = {eps:g}", within=EPS_ANYWHERE)


def test_offsets_have_the_default_eps(student):
    """Without `eps` an empty box gives the same finite offsets as with eps = 1e-6."""
    anchor, empty = torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([[0.5, 0.5, 0.5, 0.5]])
    wanted = _offsets(student, anchor, empty, 1e-6)
    got = _offsets(student, anchor, empty)
    agree(got, wanted, what="offsets of an empty box without eps", within=EPS_ANYWHERE)


def _decoded(student, anchors: Tensor, offsets: Tensor) -> Tensor:
    shape = tuple(anchors.shape)
    return tensor(
        student.offset_inverse(anchors, offsets),
        shape=shape,
        what="offset_inverse",
        meaning="one row per anchor",
    )


@given(anchor=corner_box(), offsets=grid_tensor(1, 4, low=-4, high=4))
def test_inverse_values(student, reference, anchor, offsets):
    """offset_inverse moves the centre by 0.1·offset·size, stretches the size by exp(0.2·offset), and gives corners."""
    x, y, w, h = _centre_form(anchor)
    dx, dy, dw, dh = offsets[0].tolist()
    cx, cy, width, height = x + dx * w / 10, y + dy * h / 10, w * math.exp(dw / 5), h * math.exp(dh / 5)
    plain = torch.tensor([[cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2]])
    wanted = tensor(reference.offset_inverse(torch.tensor([anchor]), offsets))
    agree(wanted, plain)
    got = _decoded(student, torch.tensor([anchor]), offsets)
    forms = {"boxes are given as (cx, cy, w, h), wanted corners": torch.tensor([[cx, cy, width, height]])}
    agree(got, wanted, what="offset_inverse", conventions=forms)


@given(pair=matched_boxes())
def test_inverse_gives_the_boxes_back(student, pair):
    """Decoding the offsets of a box gives the box; zero offsets give the anchor."""
    anchors, boxes = pair
    offsets = torch.tensor([_offset(a, b) for a, b in zip(anchors.tolist(), boxes.tolist(), strict=True)])
    agree(
        _decoded(student, anchors, torch.zeros_like(anchors)), anchors, what="boxes decoded from zero offsets"
    )
    agree(_decoded(student, anchors, offsets), boxes, what="boxes decoded from their own offsets")


# -- 13.4.3: labelling anchors


class Labelled(NamedTuple):
    """Anchors (1, A, 4), labels (N, G, 5), and what multibox_target has to make of them."""

    anchors: Tensor
    labels: Tensor
    classes: Tensor
    mask: Tensor
    offsets: Tensor


@st.composite
def labelled_scene(draw, images: int = 1) -> Labelled:
    """Images with the same anchors; the ground truths of the first lie anywhere, of the others on anchors."""
    truths, anchors = draw(easy_scene())
    rows, classes, masks, offsets = [], [], [], []
    for image in range(images):
        boxes = draw(st.permutations(anchors))[: len(truths)] if image else truths
        rule = _assign(boxes, anchors)
        assume(rule.margin > CLEAR and rule.by_threshold == rule.final)
        kinds = [draw(st.integers(0, 3)) for _ in boxes]
        rows.append([[kind, *box] for kind, box in zip(kinds, boxes, strict=True)])
        classes.append([kinds[t] + 1 if t >= 0 else 0 for t in rule.final])
        masks.append([float(t >= 0) for t in rule.final for _ in range(4)])
        matched = zip(anchors, rule.final, strict=True)
        offsets.append([_offset(a, boxes[t]) if t >= 0 else [0.0] * 4 for a, t in matched])
    return Labelled(
        torch.tensor([anchors]),
        torch.tensor(rows, dtype=torch.float32),
        torch.tensor(classes),
        torch.tensor(masks),
        torch.tensor(offsets).reshape(images, -1),
    )


def _targets(student, scene: Labelled) -> list:
    return sequence(student.multibox_target(scene.anchors, scene.labels), 3, what="multibox_target")


def _per_anchor_four(value, scene: Labelled, what: str) -> Tensor:
    """(N, 4A), also given as (N, A, 4)."""
    got = tensor(value, what=what, dtype=None)
    images, count = scene.classes.shape
    if got.shape == (images, count, 4):
        return got.reshape(images, -1)
    return tensor(got, shape=(images, count * 4), what=what, dtype=None, meaning="four values per anchor")


def _check_classes(value, wanted: Tensor) -> None:
    got = _whole(value, tuple(wanted.shape), "class_labels", "one class per anchor")
    hint = "Background is class 0, so object classes have to be counted from 1: add 1 to the label's class."
    by_one = _symptom(got, {hint: wanted - 1}) or _symptom(got, {hint: (wanted - 1).clamp(min=0)})
    agree(got, wanted, what="class_labels", hint=by_one)


@given(scene=labelled_scene())
def test_target_classes(student, reference, scene):
    """class_labels holds the class of the assigned ground truth plus 1, and 0 for background."""
    agree(reference.multibox_target(scene.anchors, scene.labels)[2], scene.classes)
    _check_classes(_targets(student, scene)[2], scene.classes)


@given(scene=labelled_scene())
def test_target_mask(student, scene):
    """bbox_mask is 1 for all four offsets of an anchor that has a ground truth, and 0 for background."""
    got = _per_anchor_four(_targets(student, scene)[1], scene, "bbox_mask")
    agree(got.float(), scene.mask, what="bbox_mask")


@given(scene=labelled_scene())
def test_target_offsets(student, scene):
    """bbox_offset holds the offsets of each anchor to its ground truth, and 0 for background."""
    got = tensor(_per_anchor_four(_targets(student, scene)[0], scene, "bbox_offset"))
    background = got[scene.mask == 0]
    expect(
        bool((background == 0).all()),
        "the offsets of a background anchor are not 0: multiply by the mask",
        got=got,
    )
    agree(got, scene.offsets, what="bbox_offset", within=EPS_ANYWHERE)


@given(scene=labelled_scene(images=2))
def test_targets_treat_images_alone(student, scene):
    """Each image of a batch gets the same targets as it does alone."""
    names = "bbox_offset", "bbox_mask", "class_labels"
    calls = [student.multibox_target(scene.anchors, scene.labels[i : i + 1]) for i in (0, 1)]
    alone = [sequence(value, 3, what="multibox_target") for value in calls]
    together = _targets(student, scene)
    for part, name in enumerate(names):
        first, second = (tensor(one[part], what=name, dtype=None) for one in alone)
        same = first.ndim > 0 and first.shape == second.shape
        expect(
            same, f"{name} has the shapes {tuple(first.shape)} and {tuple(second.shape)} for single images"
        )
        what = f"{name} of a batch of 2, compared with your own for each image alone"
        agree(tensor(together[part], what=name, dtype=None), torch.cat((first, second)), what=what)


BOOK_TRUTHS = [[0, 0.1, 0.08, 0.52, 0.92], [1, 0.55, 0.2, 0.9, 0.88]]
BOOK_ANCHORS = [
    [0.0, 0.1, 0.2, 0.3],
    [0.15, 0.2, 0.4, 0.4],
    [0.63, 0.05, 0.88, 0.98],
    [0.66, 0.45, 0.8, 0.8],
    [0.57, 0.3, 0.92, 0.9],
]
CHANGED_ANCHORS = [
    [0.0, 0.2, 0.3, 0.9],
    [0.15, 0.2, 0.4, 0.4],
    [0.43, 0.25, 0.78, 0.88],
    [0.56, 0.35, 0.7, 0.7],
    [0.47, 0.2, 0.82, 0.8],
]


def test_target_known_values(student):
    """The book's anchors get the classes [0, 1, 2, 0, 2], and the changed ones [1, 0, 0, 0, 2]."""
    for anchors, wanted in ((BOOK_ANCHORS, [0, 1, 2, 0, 2]), (CHANGED_ANCHORS, [1, 0, 0, 0, 2])):
        value = student.multibox_target(torch.tensor([anchors]), torch.tensor([BOOK_TRUTHS]))
        _check_classes(sequence(value, 3, what="multibox_target")[2], torch.tensor([wanted]))


def test_labelling_leaves_its_inputs_alone(student):
    """The functions that label anchors do not change the boxes and labels they are given."""
    anchors, labels = torch.tensor([BOOK_ANCHORS[:2]]), torch.tensor([BOOK_TRUTHS])
    truths = labels[0, :, 1:]
    calls = {
        "assign_anchor_to_bbox": (truths, anchors[0], CPU),
        "offset_boxes": (anchors[0], truths),
        "offset_inverse": (anchors[0], torch.ones(2, 4)),
        "multibox_target": (anchors, labels),
    }
    for name, arguments in calls.items():
        getattr(student, name)(*arguments)
        expect(not student.changed, f"{name} changed {', '.join(student.changed)} in place")


# -- 13.4.3: suppression


def _nms(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """The rule written out: a box stays unless a better one that stays overlaps it too much."""
    keep: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(_iou(boxes[i], boxes[k]) <= threshold for k in keep):
            keep.append(i)
    return keep


def _clear_of(boxes: list[list[float]], threshold: float) -> bool:
    """No two boxes have an IoU right at the threshold."""
    return all(abs(_iou(a, b) - threshold) > CLEAR for i, a in enumerate(boxes) for b in boxes[:i])


@st.composite
def clustered_box(draw) -> list[float]:
    """A box near the origin: several of them overlap by about half, in chains too."""
    x, y = draw(st.integers(-2, 12)), draw(st.integers(-2, 4))
    w, h = draw(st.sampled_from([16, 12, 8])), draw(st.sampled_from([16, 12, 1]))
    return [x / GRID, y / GRID, (x + w) / GRID, (y + h) / GRID]


@st.composite
def scored_boxes(draw, most: int = 5) -> tuple[Tensor, Tensor]:
    """Boxes with different scores, in any order."""
    scored = st.tuples(clustered_box() | corner_box(), st.integers(1, 31))
    pairs = draw(st.lists(scored, min_size=1, max_size=most, unique_by=lambda pair: pair[1]))
    boxes, scores = zip(*pairs, strict=True)
    assume(_clear_of(boxes, 0.5))
    return torch.tensor(boxes), torch.tensor(scores, dtype=torch.float32) / 32


@st.composite
def chain(draw) -> tuple[Tensor, Tensor]:
    """Three boxes of which the best and the worst overlap the one between them, but not each other so much."""
    shifts = [0, draw(st.integers(3, 5))]
    shifts.append(shifts[1] + draw(st.integers(3, 5)))
    order = draw(st.permutations(range(3)))
    boxes = torch.tensor([[x / GRID, 0.0, x / GRID + 1, 1.0] for x in shifts])
    return boxes[order], torch.tensor([0.75, 0.5, 0.25])[order]


def _indices(value, count: int, what: str) -> list[int]:
    """Different indices 0 … count − 1, as a tensor, an array or a list."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    if isinstance(value, Tensor):
        value = (
            tensor(
                value, shape=(None,), dtype=None, what=what, meaning="the indices of the boxes that are kept"
            )
            .double()
            .tolist()
        )
    found = [number(v, what=f"an index in {what}") for v in sequence(value, what=what)]
    expect(
        all(v == int(v) and 0 <= v < count for v in found),
        f"{what} is {found}, wanted indices from 0 to {count - 1}",
    )
    expect(len(set(found)) == len(found), f"{what} holds an index twice: {found}")
    return [int(v) for v in found]


def _kept(student, boxes: Tensor, scores: Tensor, threshold: float = 0.5) -> list[int]:
    """The indices the student keeps; rows instead of indices are another convention."""
    value = student.nms(boxes, scores, threshold)
    if isinstance(value, Tensor) and value.ndim == 2:
        keep = _nms(boxes.tolist(), scores.tolist(), threshold)
        rows = torch.cat((boxes, scores[:, None]), dim=1)[keep]
        for other in (rows, rows[:, :4], rows[:, [4, 0, 1, 2, 3]]):
            if difference(value, other) is None:
                message = "convention differs: nms returns rows of boxes; wanted the indices of the boxes"
                raise Disagreement(
                    message, got=value, wanted=keep, convention="rows of boxes instead of indices"
                )
    return _indices(value, len(boxes), "nms")


@given(scored=scored_boxes())
def test_nms_keeps_what_the_rule_keeps(student, reference, scored):
    """nms takes the boxes by falling score and keeps each one that overlaps no kept box by more than the threshold."""
    wanted = _nms(*(t.tolist() for t in scored), 0.5)
    agree(reference.nms(*scored, 0.5).tolist(), wanted)
    got = _kept(student, *scored)
    unsorted = _nms(scored[0].tolist(), [-float(i) for i in range(len(scored[0]))], 0.5)
    hint = (
        "The boxes come in the order given: sort them by score, the highest first."
        if got == unsorted
        else None
    )
    agree(got, wanted, what="kept indices", hint=hint)


@given(scored=scored_boxes())
def test_nms_properties(student, scored):
    """Kept boxes overlap each other at most by the threshold; every removed one overlaps a kept one of higher score."""
    boxes, scores = scored
    keep = _kept(student, boxes, scores)
    rows, points = boxes.tolist(), scores.tolist()
    for i in keep:
        for j in keep[: keep.index(i)]:
            expect(
                _iou(rows[i], rows[j]) <= 0.5,
                f"boxes {j} and {i} are kept, but overlap by more than 0.5",
                got=keep,
            )
            expect(points[j] > points[i], "wanted the kept indices by falling score", got=keep)
    for i in set(range(len(rows))) - set(keep):
        better = any(points[k] > points[i] and _iou(rows[i], rows[k]) > 0.5 for k in keep)
        expect(
            better,
            f"box {i} is removed, but no kept box of higher score overlaps it by more than 0.5",
            got=keep,
        )


@given(scored=chain())
def test_nms_removed_boxes_remove_nothing(student, scored):
    """A box that has been removed does not remove others."""
    wanted = _nms(*(t.tolist() for t in scored), 0.5)
    hint = "Only boxes that are kept remove others: go on with the remaining boxes after each round."
    agree(_kept(student, *scored), wanted, what="kept indices", hint=hint)


@given(scored=scored_boxes())
def test_nms_equals_torchvision(student, scored):
    """nms keeps the same boxes as torchvision.ops.nms."""
    from torchvision.ops import nms  # costs a second to import

    agree(_kept(student, *scored), nms(*scored, 0.5).tolist(), what="kept indices")


@given(part=PART, threshold=THRESHOLD)
def test_nms_honours_its_threshold(student, part, threshold):
    """`iou_threshold` decides from which overlap on a box is removed."""
    got = len(_kept(student, _pair(part), torch.tensor([0.75, 0.5]), threshold))
    wanted, by_half = (2 if part / GRID <= limit else 1 for limit in (threshold, 0.5))
    hint = "Compare with the argument `iou_threshold`, not with 0.5." if got == by_half else None
    what = f"number of kept boxes, of two with IoU {part / GRID:g}, for the threshold {threshold}"
    agree(got, wanted, what=what, hint=hint)


def test_nms_at_the_threshold(student):
    """Boxes whose IoU is exactly the threshold are both kept (removed only if IoU > threshold)."""
    got = _kept(student, _pair(8), torch.tensor([0.75, 0.5]))
    other = {"a box is removed at IoU ≥ threshold; the book's rule is IoU > threshold": 1}
    agree(len(got), 2, what="number of kept boxes, of two with IoU 0.5", conventions=other)


# -- 13.4.3: detection


class Predictions(NamedTuple):
    """Anchors (1, A, 4), probabilities (N, C+1, A), and rows (A, 6) by falling confidence for one image."""

    anchors: Tensor
    probs: Tensor
    rows: Tensor
    rows_by_class: Tensor


def _rows(boxes, classes, confidence, keep) -> Tensor:
    kinds = [c if i in keep else -1 for i, c in enumerate(classes)]
    rows = [[float(k), p, *box] for k, p, box in zip(kinds, confidence, boxes, strict=True)]
    return _by_confidence(torch.tensor(rows))


def _by_confidence(rows: Tensor) -> Tensor:
    """Rows in an order that does not depend on how removed boxes are sorted; confidences differ."""
    return rows[rows[:, 1].argsort(descending=True)]


@st.composite
def predictions(draw, images: int = 1) -> Predictions:
    """Clear predictions for anchors that may overlap; background may be more probable than any object."""
    kinds = draw(st.integers(1, 3))
    confidences = st.tuples(*[st.sampled_from([0.9, 0.8, 0.7, 0.6, 0.4, 0.3])] * images)
    classes_of = st.tuples(*[st.integers(0, kinds - 1)] * images)
    # Box, confidences and classes of an anchor are drawn together, so that shrinking can leave out an anchor.
    anchor = st.tuples(clustered_box() | corner_box(0, 1), confidences, classes_of)
    differ = tuple(lambda a, i=i: a[1][i] for i in range(images))
    drawn = draw(st.lists(anchor, min_size=1, max_size=4, unique_by=differ))
    boxes = [box for box, _, _ in drawn]
    assume(_clear_of(boxes, 0.5))
    probs = []
    for image in range(images):
        confidence, classes = [p[image] for _, p, _ in drawn], [c[image] for _, _, c in drawn]
        table = [
            [p if c == k else 0.01 for p, c in zip(confidence, classes, strict=True)] for k in range(kinds)
        ]
        probs.append([[1 - sum(column) for column in zip(*table, strict=True)], *table])
    by_class = [
        i
        for kind in range(kinds)
        for members in [[i for i, c in enumerate(classes) if c == kind]]
        for i in (
            members[k] for k in _nms([boxes[i] for i in members], [confidence[i] for i in members], 0.5)
        )
    ]
    return Predictions(
        torch.tensor([boxes]),
        torch.tensor(probs),
        _rows(boxes, classes, confidence, _nms(boxes, confidence, 0.5)),
        _rows(boxes, classes, confidence, by_class),
    )


def _detections(student, probs: Tensor, offsets: Tensor, anchors: Tensor, *thresholds: float) -> Tensor:
    shape = (len(probs), anchors.shape[1], 6)
    value = student.multibox_detection(probs, offsets, anchors, *thresholds)
    meaning = "(class, confidence, x1, y1, x2, y2) for each anchor"
    return tensor(value, shape=shape, what="multibox_detection", meaning=meaning)


def _no_offsets(probs: Tensor) -> Tensor:
    return torch.zeros(len(probs), 4 * probs.shape[2])


@given(case=predictions())
def test_detection_rows(student, reference, case):
    """Each anchor gives a row (class, confidence, box): the best class but background, counted from 0, or −1 if removed."""
    arguments = case.probs, _no_offsets(case.probs), case.anchors
    agree(_by_confidence(_detections(reference, *arguments)[0]), case.rows)
    got = _by_confidence(_detections(student, *arguments)[0])
    shifted = case.rows + torch.tensor([1.0, 0, 0, 0, 0, 0]) * (case.rows[:, :1] >= 0)
    hint = "Classes count from 0 without background: leave row 0 of cls_probs out before taking the maximum."
    agree(
        got,
        case.rows,
        what="rows by falling confidence",
        conventions={
            "boxes are suppressed within their class; the book suppresses across classes": case.rows_by_class
        },
        hint=_symptom(got, {hint: shifted}),
    )


@given(part=st.integers(9, 15))
def test_detection_suppresses_across_classes(student, part):
    """A box is removed by a better one that overlaps it, whatever the classes of the two."""
    probs = torch.tensor([[[0.1, 0.1], [0.8, 0.2], [0.1, 0.7]]])
    got = _detections(student, probs, torch.zeros(1, 8), _pair(part)[None])[0]
    other = {"boxes are suppressed within their class; the book suppresses across classes": 2}
    kept = int((got[:, 0] >= 0).sum())
    agree(kept, 1, what=f"number of kept boxes, of two with IoU {part / GRID:g}", conventions=other)


@given(case=predictions())
def test_detection_order(student, case):
    """Kept rows come first, by falling confidence; removed rows (class −1) follow."""
    probs = case.probs.clone()
    probs[:, 0] = 0  # whether background competes for the class is another check's question
    got = _detections(student, probs, _no_offsets(probs), case.anchors)[0]
    kept = got[:, 0] >= 0
    count = int(kept.sum())
    expect(bool(kept[:count].all()), "a removed row (class −1) stands before a kept one", got=got)
    falling = bool((got[:count, 1].diff() <= 0).all())
    expect(falling, "the kept rows are not sorted by falling confidence", got=got)


@given(part=PART, threshold=THRESHOLD)
def test_detection_honours_its_threshold(student, part, threshold):
    """`nms_threshold` decides from which overlap on a detection is removed."""
    probs = torch.tensor([[[0.25, 0.375], [0.75, 0.625]]])
    got = _by_confidence(_detections(student, probs, torch.zeros(1, 8), _pair(part)[None], threshold)[0])
    kept = int((got[:, 0] >= 0).sum())
    wanted, by_half = (2 if part / GRID <= limit else 1 for limit in (threshold, 0.5))
    hint = "Hand `nms_threshold` on to nms." if kept == by_half else None
    what = f"number of kept boxes, of two with IoU {part / GRID:g}, for the threshold {threshold}"
    agree(kept, wanted, what=what, hint=hint)


@given(case=predictions(images=2))
def test_detection_treats_images_alone(student, case):
    """Each image of a batch gives the same rows as it does alone: boxes of another image suppress nothing."""
    offsets = _no_offsets(case.probs)
    alone = [_detections(student, case.probs[i : i + 1], offsets[:1], case.anchors)[0] for i in (0, 1)]
    together = _detections(student, case.probs, offsets, case.anchors)
    for i in (0, 1):
        what = f"rows of image {i} in a batch of 2, compared with your own rows for it alone"
        agree(_by_confidence(together[i]), _by_confidence(alone[i]), what=what)


@given(anchor=corner_box(0, 1), offsets=grid_tensor(1, 4))
def test_detection_decodes_offsets(student, reference, anchor, offsets):
    """The boxes in the rows are the anchors moved by the predicted offsets."""
    anchors = torch.tensor([[anchor]])
    got = _detections(student, torch.tensor([[[0.25], [0.75]]]), offsets, anchors)[0, :, 2:]
    agree(got, reference.offset_inverse(anchors[0], offsets), what="box")


def _check_confidence(student, confidence: float, low: bool, *thresholds: float) -> None:
    """One anchor, one class: is it background, and what does its row say about confidence?"""
    probs = torch.tensor([[[0.0], [confidence]]])
    anchors = torch.tensor([[[0.0, 0.0, 1.0, 1.0]]])
    row = _detections(student, probs, torch.zeros(1, 4), anchors, *thresholds)[0, 0]
    case = f"for a confidence of {confidence:g}"
    wanted = "−1 (background)" if low else "an object's"
    expect(bool(row[0] == -1 if low else row[0] >= 0), f"class {row[0]:g} {case}, wanted {wanted}", got=row)
    agree(row[1], torch.tensor(1 - confidence if low else confidence), what=f"confidence in the row {case}")


@given(percent=st.integers(1, 99), threshold=st.sampled_from([0.505, 0.255, 0.755]))
def test_detection_turns_low_confidence_into_background(student, percent, threshold):
    """Below `pos_threshold` a row becomes background: class −1, and 1 − confidence in place of the confidence."""
    _check_confidence(student, percent / 100, percent / 100 < threshold, 0.5, threshold)


def test_detection_default_confidence_threshold(student):
    """Without `pos_threshold`, a confidence of 0.5 % counts as background and one of 1.5 % as an object."""
    _check_confidence(student, 0.005, low=True)
    _check_confidence(student, 0.015, low=False)


def test_detection_known_value(student):
    """With the changed anchors of the exercise, three of the four boxes are kept."""
    anchors = [
        [0.1, 0.08, 0.52, 0.72],
        [0.18, 0.25, 0.56, 0.85],
        [0.15, 0.3, 0.62, 0.91],
        [0.65, 0.2, 0.9, 0.88],
    ]
    probs = torch.tensor([[[0.0, 0.0, 0.0, 0.0], [0.9, 0.8, 0.7, 0.1], [0.1, 0.2, 0.3, 0.9]]])
    got = _detections(student, probs, torch.zeros(1, 16), torch.tensor([anchors]))[0]
    kept = got[got[:, 0] >= 0]
    expect(len(kept) == 3, f"{len(kept)} boxes are kept, wanted 3", got=got)
    kinds = sorted((round(row[2], 3), int(row[0])) for row in kept.tolist())
    agree([kind for _, kind in kinds], [0, 0, 1], what="classes of the kept boxes, from left to right")


def test_detection_leaves_its_inputs_alone(student):
    """nms and multibox_detection do not change the boxes and scores they are given."""
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.75]])
    calls = {
        "nms": (boxes, torch.tensor([0.5, 0.75]), 0.5),
        "multibox_detection": (torch.full((1, 2, 2), 0.5), torch.zeros(1, 8), boxes[None], 0.5, 0.75),
    }
    for name, arguments in calls.items():
        getattr(student, name)(*arguments)
        expect(not student.changed, f"{name} changed {', '.join(student.changed)} in place")


# -- 13.4.4


class Softened(NamedTuple):
    """What soft_nms returned: indices, and the new score of each of them.

    The scores may be given in the order of `keep` or, for all boxes, in the order of the boxes; when
    every box is kept both readings are possible.
    """

    keep: list[int]
    readings: list[dict[int, float]]

    def scores(self, wanted: dict[int, float]) -> dict[int, float]:
        """The reading closer to `wanted`."""
        return min(self.readings, key=lambda found: sum(abs(s - wanted.get(i, s)) for i, s in found.items()))


def _soft(student, boxes: Tensor, scores: Tensor, **options) -> Softened:
    found, values = sequence(student.soft_nms(boxes, scores, **options), 2, what="soft_nms")
    keep = _indices(found, len(boxes), "keep")
    if isinstance(values, np.ndarray):
        values = torch.from_numpy(values)
    if isinstance(values, (list, tuple)):
        values = torch.tensor([number(v, what="a new score") for v in values])
    new = tensor(values, shape=(None,), what="new_scores", dtype=None).double().tolist()
    readings = []
    if len(new) == len(keep):
        readings.append(dict(zip(keep, new, strict=True)))
    if len(new) == len(boxes):
        readings.append({i: new[i] for i in keep})
    expect(
        bool(readings),
        f"new_scores has {len(new)} values for {len(keep)} kept boxes, wanted one for each",
        got=values,
    )
    return Softened(keep, readings)


def _decay(iou: float, method: str, threshold: float = 0.5, sigma: float = 0.5) -> float:
    if method == "gaussian":
        return math.exp(-iou * iou / sigma)
    return 1.0 if iou <= threshold else {"linear": 1 - iou, "hard": 0.0}[method]


TOP = 0.875


def _lowered(student, part: int, score: float, **options) -> float | None:
    """The new score of the weaker of two boxes of IoU part/16; None if it was dropped, which has its own check."""
    factor = _decay(
        part / GRID, options["method"], options.get("iou_threshold", 0.5), options.get("sigma", 0.5)
    )
    got = _soft(student, _pair(part), torch.tensor([TOP, score]), **options)
    return got.scores({0: TOP, 1: score * factor}).get(1)


def _cause(got: float, score: float, mistakes: dict[str, float]) -> str | None:
    return _symptom(
        torch.tensor(got), {hint: torch.tensor(score * factor) for hint, factor in mistakes.items()}
    )


@given(
    part=PART, score=st.integers(2, 13).map(lambda k: k / GRID), threshold=st.sampled_from([0.3, 0.6, 0.4])
)
def test_soft_linear_decay(student, part, score, threshold):
    """ "linear" multiplies a score by 1 − IoU where the IoU exceeds the threshold, and leaves it elsewhere."""
    iou = part / GRID
    got = _lowered(student, part, score, method="linear", iou_threshold=threshold)
    if got is None:
        return
    mistakes = {
        "The score is multiplied by the IoU; wanted 1 − IoU.": iou,
        "The score is lowered below the threshold too.": 1 - iou,
    }
    wanted = score * _decay(iou, "linear", threshold)
    agree(
        got,
        wanted,
        what=f"new score of a box with score {score:g}, IoU {iou:g}",
        hint=_cause(got, score, mistakes),
    )


@given(part=PART, score=st.integers(2, 13).map(lambda k: k / GRID), sigma=st.sampled_from([0.5, 1.0, 0.25]))
def test_soft_gaussian_decay(student, part, score, sigma):
    """ "gaussian" multiplies a score by exp(−IoU²/sigma), whatever the IoU."""
    iou = part / GRID
    got = _lowered(student, part, score, method="gaussian", sigma=sigma)
    if got is None:
        return
    mistakes = {
        "Below the threshold the score is left alone; the gaussian has no threshold.": 1.0,
        "The IoU is not squared.": math.exp(-iou / sigma),
        "sigma is squared; wanted exp(−IoU²/sigma).": math.exp(-iou * iou / sigma**2),
    }
    wanted = score * math.exp(-iou * iou / sigma)
    agree(
        got,
        wanted,
        what=f"new score of a box with score {score:g}, IoU {iou:g}",
        hint=_cause(got, score, mistakes),
    )


@given(scored=scored_boxes(), threshold=st.sampled_from([0.5, 0.3, 0.7]))
def test_soft_hard_equals_nms(student, reference, scored, threshold):
    """ "hard" keeps the same boxes as nms, with their scores."""
    boxes, scores = scored
    assume(_clear_of(boxes.tolist(), threshold))
    wanted = _nms(boxes.tolist(), scores.tolist(), threshold)
    agree(reference.nms(boxes, scores, threshold).tolist(), wanted)
    got = _soft(student, boxes, scores, method="hard", iou_threshold=threshold)
    plain = {i: float(scores[i]) for i in wanted}
    found = got.scores(plain)
    left = [i for i in got.keep if found[i] != 0]  # whether a score of 0 is dropped has its own check
    agree(left, wanted, what="kept indices")
    agree([found[i] for i in left], [*plain.values()], what="scores of the kept boxes")


@given(part=PART, method=st.sampled_from(["linear", "gaussian"]))
def test_soft_drops_nothing_above_the_score_threshold(student, part, method):
    """A lowered box stays in `keep` as long as its score has not fallen below score_threshold."""
    got = _soft(student, _pair(part), torch.tensor([TOP, 0.5]), method=method)
    left = 0.5 * _decay(part / GRID, method)
    message = f"box 1 is dropped, although its score only falls from 0.5 to {left:.3g}"
    expect(
        sorted(got.keep) == [0, 1],
        message,
        got=got.keep,
        wanted=[0, 1],
        hint="Soft suppression lowers scores, it does not remove boxes.",
    )


@given(
    part=PART,
    method=st.sampled_from(["linear", "gaussian"]),
    score_threshold=st.sampled_from([0.1, 0.2, 0.3]),
)
def test_soft_drops_below_the_score_threshold(student, part, method, score_threshold):
    """A box whose score falls below score_threshold is dropped."""
    lowered = _lowered(student, part, 0.5, method=method)
    if lowered is None or abs(lowered - score_threshold) < CLEAR:
        return  # nothing to decide here
    scores = torch.tensor([TOP, 0.5])
    got = _soft(student, _pair(part), scores, method=method, score_threshold=score_threshold)
    wanted = [0] if lowered < score_threshold else [0, 1]
    fall = f"you lower the score of box 1 to {lowered:.3g}, score_threshold is {score_threshold:g}"
    message = f"keep is {got.keep}, wanted {wanted}: {fall}"
    expect(sorted(got.keep) == wanted, message, got=got.keep, wanted=wanted)


class Sequel(NamedTuple):
    """Soft suppression played through: order, scores, and how clearly the closest choice was made."""

    keep: list[int]
    scores: dict[int, float]
    margin: float


def _play(
    scores: list[float], factors: dict[tuple[int, int], float], score_threshold: float = 0.001
) -> Sequel:
    """Choose by current score; factors[i, j] lowers j after i was chosen."""
    current, keep, margins = dict(enumerate(scores)), [], [math.inf]
    chosen: dict[int, float] = {}
    while current:
        ranked = sorted(current, key=lambda i: -current[i])
        margins += [current[ranked[0]] - current[i] for i in ranked[1:2] if current[i] > 0]
        top, score = ranked[0], current.pop(ranked[0])
        margins.append(abs(score - score_threshold))
        if score >= score_threshold:
            keep.append(top)
            chosen[top] = score
        for i in current:
            current[i] *= factors[top, i]
    return Sequel(keep, chosen, min(margins))


def _own_factors(student, boxes: Tensor, method: str) -> dict[tuple[int, int], float]:
    """By how much the student lowers each box after each other one, found out from two boxes at a time."""
    factors = {}
    for i in range(len(boxes)):
        for j in range(i):
            iou = _iou(boxes[i].tolist(), boxes[j].tolist())
            got = _soft(student, boxes[[i, j]], torch.tensor([1.0, 0.5]), method=method).scores(
                {1: _decay(iou, method) / 2}
            )
            factors[i, j] = factors[j, i] = got.get(1, 0.0) * 2
    return factors


def _check_order(student, boxes: Tensor, scores: Tensor, method: str) -> None:
    wanted = _play(scores.tolist(), _own_factors(student, boxes, method))
    if wanted.margin < CLEAR / 10 or len(wanted.keep) < len(boxes):
        return  # a tie, or a box is dropped, which has its own check
    got = _soft(student, boxes, scores, method=method)
    where = f"{method}, compared with your own values for two boxes at a time"
    hint = "Choose the highest current score in each round: a box that was lowered may have fallen behind another one."
    agree(got.keep, wanted.keep, what=f"order in `keep` ({where})", hint=hint)
    found = got.scores(wanted.scores)
    agree([found[i] for i in wanted.keep], [*wanted.scores.values()], what=f"new scores ({where})", hint=hint)


@given(
    shifts=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    gap=st.integers(1, 3),
    method=st.sampled_from(["gaussian", "linear"]),
)
def test_soft_chain_is_ordered_by_current_score(student, shifts, gap, method):
    """In a row of three overlapping boxes, the middle one falls behind the last one and is lowered by both."""
    first, second = shifts
    boxes = torch.tensor([[x / GRID, 0.0, x / GRID + 1, 1.0] for x in (0, first, first + second)])
    scores = torch.tensor([0.9, 0.8, 0.8 - gap / 16])
    _check_order(student, boxes, scores, method)


@given(scored=scored_boxes(most=4), method=st.sampled_from(["gaussian", "linear"]))
def test_soft_order_and_scores(student, scored, method):
    """In each round the box of highest current score is chosen and lowers all that remain."""
    _check_order(student, *scored, method)


@given(scored=scored_boxes(), method=st.sampled_from(["linear", "gaussian", "hard"]))
def test_soft_scores_never_rise(student, scored, method):
    """No score rises, the box of highest score keeps it, and the new scores fall along `keep`."""
    boxes, scores = scored
    got = _soft(student, boxes, scores, method=method)
    top = int(scores.argmax())
    expect(
        got.keep[:1] == [top],
        f"`keep` begins with {got.keep[:1]}, wanted the box of highest score, {top}",
        got=got.keep,
    )
    found = got.scores({i: float(scores[i]) for i in got.keep})
    agree(found[top], float(scores[top]), what="new score of the box of highest score")
    for i, score in found.items():
        expect(
            score <= float(scores[i]) + 1e-5,
            f"the score of box {i} rises from {float(scores[i]):g} to {score:g}",
        )
    lists = [[reading[i] for i in got.keep] for reading in got.readings]
    falling = any(all(a >= b - 1e-5 for a, b in pairwise(values)) for values in lists)
    expect(falling, "the new scores do not fall along `keep`", got=got.keep)


def test_soft_defaults(student):
    """Without options soft_nms works as with method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001."""
    scores = torch.tensor([TOP, 0.5])
    for part in (6, 9, 14):
        given_all = _soft(
            student, _pair(part), scores, method="linear", iou_threshold=0.5, sigma=0.5, score_threshold=0.001
        )
        got = _soft(student, _pair(part), scores)
        agree(got.keep, given_all.keep, what="kept indices without options")
        agree(got.readings, given_all.readings, what="new scores without options")
        gaussian = _soft(student, _pair(part), scores, method="gaussian", sigma=0.5)
        agree(
            _soft(student, _pair(part), scores, method="gaussian").readings,
            gaussian.readings,
            what="new scores without sigma",
        )
    for low in (0.0015, 0.0007):
        scores = torch.tensor([TOP, low])
        wanted = _soft(student, _pair(1), scores, score_threshold=0.001).keep
        agree(_soft(student, _pair(1), scores).keep, wanted, what=f"kept indices with a score of {low}")


def test_soft_leaves_its_inputs_alone(student):
    """soft_nms works on a copy: boxes and scores are not changed in place."""
    for method in ("linear", "gaussian", "hard"):
        student.soft_nms(_pair(12), torch.tensor([0.5, TOP]), method=method)
        hint = "Lower a copy, `scores.clone()`; and reorder indices, not the boxes themselves."
        expect(not student.changed, f"soft_nms changed {', '.join(student.changed)} in place", hint=hint)
