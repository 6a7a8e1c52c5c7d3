"""Graded properties of 13.3."""

from pathlib import Path

import torch
from hypothesis import given
from PIL import Image
from strategies import center_boxes, corner_box, corner_boxes

from grader.checks import agree, expect, number, sequence, tensor

PHOTO = Path(__file__).parent / "images" / "coffee.jpg"
CUP = torch.tensor([173.0, 16.0, 408.0, 309.0])  # the cup with its handle, in pixels


def _overlap(a: torch.Tensor, b: torch.Tensor) -> float:
    """IoU of two corner boxes, written out."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(float(width), 0.0) * max(float(height), 0.0)
    area_a, area_b = float((a[2] - a[0]) * (a[3] - a[1])), float((b[2] - b[0]) * (b[3] - b[1]))
    return both / (area_a + area_b - both)


# -- 13.3.1


def test_label_lies_in_the_image(student):
    """The labelled box has its corners in order and lies inside the picture, in pixels."""
    with Image.open(PHOTO) as photo:
        image = photo.convert("RGB")
    box = tensor(student.label_object(image), shape=(4,), dtype=None, what="label_object")
    x1, y1, x2, y2 = (float(v) for v in box)
    width, height = image.size
    expect(max(x2, y2) > 1.5, "the box is given in fractions of the image, wanted pixels", got=box)
    expect(x1 < x2 and y1 < y2, "wanted (x1, y1, x2, y2) with x1 < x2 and y1 < y2", got=box)
    expect(
        x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height,
        f"the box leaves the picture of {width}×{height} pixels",
        got=box,
    )


def test_label_covers_the_object(student):
    """The labelled box overlaps the instructor's box with an IoU of at least 0.7."""
    with Image.open(PHOTO) as photo:
        image = photo.convert("RGB")
    box = tensor(student.label_object(image), shape=(4,), dtype=None, what="label_object")
    overlap = _overlap(box.double(), CUP.double())
    expect(overlap >= 0.7, f"IoU with the instructor's box is {overlap:.2f}, wanted at least 0.70", got=box)


@given(box=corner_box(low=0, high=8))
def test_rect_has_corner_width_and_height(student, box):
    """box_to_rect gives the upper-left corner, then width and height."""
    x1, y1, x2, y2 = box
    got = student.box_to_rect(torch.tensor(box))
    values = got.tolist() if isinstance(got, torch.Tensor) and got.shape == (4,) else got
    rect = [number(v, what="a part of the rectangle") for v in sequence(values, 4, what="box_to_rect")]
    agree(rect, [x1, y1, x2 - x1, y2 - y1])


# -- 13.3.2


@given(boxes=corner_boxes())
def test_corner_to_center_values(student, reference, boxes):
    """box_corner_to_center gives ((x1+x2)/2, (y1+y2)/2, x2−x1, y2−y1) for each box."""
    got = tensor(student.box_corner_to_center(boxes), shape=boxes.shape, meaning="one row of 4 per box")
    agree(got, reference.box_corner_to_center(boxes))


@given(boxes=corner_boxes())
def test_center_lies_inside_the_box(student, boxes):
    """The centre lies inside its box, and width and height are not negative."""
    got = tensor(student.box_corner_to_center(boxes), shape=boxes.shape)
    inside = (got[:, :2] >= boxes[:, :2] - 1e-5) & (got[:, :2] <= boxes[:, 2:] + 1e-5)
    expect(bool(inside.all()), "a centre lies outside its box", got=got)
    expect(bool((got[:, 2:] >= 0).all()), "a width or height is negative", got=got)


@given(boxes=center_boxes())
def test_center_to_corner_values(student, reference, boxes):
    """box_center_to_corner gives (cx−w/2, cy−h/2, cx+w/2, cy+h/2) for each box."""
    got = tensor(student.box_center_to_corner(boxes), shape=boxes.shape, meaning="one row of 4 per box")
    agree(got, reference.box_center_to_corner(boxes))


@given(boxes=corner_boxes())
def test_corners_survive_the_round_trip(student, boxes):
    """Corners → centre → corners gives the same boxes back."""
    center = tensor(student.box_corner_to_center(boxes), shape=boxes.shape)
    agree(tensor(student.box_center_to_corner(center), shape=boxes.shape), boxes)


@given(boxes=center_boxes())
def test_centers_survive_the_round_trip(student, boxes):
    """Centre → corners → centre gives the same boxes back."""
    corners = tensor(student.box_center_to_corner(boxes), shape=boxes.shape)
    agree(tensor(student.box_corner_to_center(corners), shape=boxes.shape), boxes)


@given(boxes=corner_boxes(most=3))
def test_conversion_follows_shift_and_scale(student, boxes):
    """Moving a box moves only its centre; scaling a box scales all four numbers."""
    shift = torch.tensor([0.5, -0.25])
    plain = tensor(student.box_corner_to_center(boxes), shape=boxes.shape)
    moved = tensor(student.box_corner_to_center(boxes + shift.repeat(2)), shape=boxes.shape)
    agree(moved, torch.cat((plain[:, :2] + shift, plain[:, 2:]), dim=1))
    agree(tensor(student.box_corner_to_center(boxes * 4), shape=boxes.shape), plain * 4)


def test_integer_boxes_keep_their_halves(student):
    """Integer pixel boxes are converted without losing the half pixel of the centre."""
    boxes = torch.tensor([[0, 0, 1, 3], [2, 5, 9, 6]])
    got = tensor(student.box_corner_to_center(boxes), shape=(2, 4), dtype=None)
    agree(got.double(), torch.tensor([[0.5, 1.5, 1.0, 3.0], [5.5, 5.5, 7.0, 1.0]], dtype=torch.float64))


@given(boxes=corner_boxes(most=3))
def test_conversions_leave_their_input_alone(student, boxes):
    """The conversions return new boxes and do not change the ones they were given."""
    student.box_corner_to_center(boxes)
    expect(not student.changed, "box_corner_to_center changed its input in place", wanted=boxes)
    student.box_center_to_corner(boxes)
    expect(not student.changed, "box_center_to_corner changed its input in place", wanted=boxes)


@given(boxes=corner_boxes(least=2, most=2))
def test_any_leading_shape(student, reference, boxes):
    """Bonus: the conversions accept any leading shape (..., 4), also a single box (4,)."""
    for shape in ((2, 1, 4), (1, 2, 4)):
        stacked = boxes.reshape(shape)
        agree(
            tensor(student.box_corner_to_center(stacked), shape=shape),
            reference.box_corner_to_center(stacked),
        )
        agree(
            tensor(student.box_center_to_corner(stacked), shape=shape),
            reference.box_center_to_corner(stacked),
        )
    agree(
        tensor(student.box_corner_to_center(boxes[0]), shape=(4,)), reference.box_corner_to_center(boxes[0])
    )
