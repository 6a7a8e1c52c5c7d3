"""A made-up result on the real course whose counterexamples are boxes, kernels, a mask and an image. Nothing is graded for it."""

from __future__ import annotations

from typing import Any

import torch

from grader.course import Course
from grader.evidence import describe
from grader.model import Code, Counterexample, ItemScore, KeyPoint, Outcome, Score, Status

IOU = """def box_iou(boxes1, boxes2):
    inter_upper_left = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    inter_lower_right = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    sides = inter_lower_right - inter_upper_left  # a long line of explanation that has to wrap on a phone, too
    return sides[..., 0] * sides[..., 1]"""
EXAMPLES: dict[tuple[str, str], tuple[str, tuple[Any, ...], Any, Any]] = {
    ("13.3.2", "corner-to-center"): (
        "box_corner_to_center",
        (torch.tensor([[0.0, 1.0, 4.0, 3.0]]),),
        torch.tensor([[2.0, 2.0, 2.0, 4.0]]),
        torch.tensor([[2.0, 2.0, 4.0, 2.0]]),
    ),
    ("13.4.2", "disjoint"): (
        "box_iou",
        (torch.tensor([[0.1, 0.1, 0.4, 0.5]]), torch.tensor([[0.6, 0.6, 0.9, 0.8]])),
        torch.tensor(-0.9),
        torch.tensor(0.0),
    ),
    ("13.10.1", "trans-conv"): (
        "trans_conv",
        (torch.tensor([[0.0, 1.0], [2.0, 3.0]]), torch.tensor([[0.0, 1.0], [2.0, 3.0]])),
        torch.tensor([[0.0, 0.0, 1.0], [0.0, 4.0, 3.0], [4.0, 12.0, 9.0]]),
        torch.tensor([[0.0, 0.0, 1.0], [0.0, 4.0, 6.0], [4.0, 12.0, 9.0]]),
    ),
    ("13.9.2", "joint-together"): (
        "joint_transform",
        (torch.rand(3, 6, 6), torch.randint(0, 3, (6, 6))),
        None,
        None,
    ),
}


def drawn(course: Course, name: str = "Ada Byron") -> Score:
    """Every exercise of four sections: the examples above lost, one written answer, the rest passed."""
    items = []
    for _, exercise, item in course.rubric.rows():
        if not exercise.id.startswith(("13.3.", "13.4.", "13.9.", "13.10.")):
            continue
        if item.written:
            points = tuple(KeyPoint(k.id, n % 2 == 0) for n, k in enumerate(item.key_points))
            items.append(ItemScore(exercise.id, item.id, None, 0.0, item.points / 2, item.points, key_points=points,
                                   answer="Two corners, or a centre and a size: four numbers either way."))  # fmt: skip
            continue
        lost = _lost(exercise.id, item.id, item.checks[0].name)
        passed = tuple(Outcome(c.name, exercise.id, item.id, Status.PASSED, seconds=0.1) for c in item.checks)
        status, earned = (Status.FAILED, 0.0) if lost else (Status.PASSED, item.points)
        items.append(
            ItemScore(exercise.id, item.id, status, earned, 0.0, item.points, (lost,) if lost else passed)
        )
    code = (Code("box_iou", "s04_anchor_boxes.py", "s04_anchor_boxes.py", 31, IOU),)
    return Score(name, tuple(items), code=code)


def _lost(exercise: str, item: str, check: str) -> Outcome | None:
    if (exercise, item) not in EXAMPLES:
        return None
    function, arguments, got, wanted = EXAMPLES[exercise, item]
    given = tuple((str(n), describe(a)) for n, a in enumerate(arguments, 1))
    example = Counterexample(function, given, describe(got), describe(wanted))
    sentence, message = (
        "The property that fails here.",
        "element [0, 2] is 2, wanted 4 (difference 2, allowed 1e-05)",
    )
    return Outcome(
        check, exercise, item, Status.FAILED, sentence, message, counterexample=example, seconds=0.4
    )
