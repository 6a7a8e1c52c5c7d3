"""What a student is shown is small: the known-wrong geometry functions fail on at most two boxes an argument."""

from __future__ import annotations

import math

import pytest

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.model import Counterexample, Outcome, Status
from grader.overlay import overlay_files, overlay_submission, read_overlay

# function → its arguments (as the report counts them) that hold boxes, in any leading shape
BOXES = {
    "box_to_rect": ("1",),
    "box_corner_to_center": ("1",),
    "box_center_to_corner": ("1",),
    "box_iou": ("1", "2"),
    "assign_anchor_to_bbox": ("1", "2"),
    "offset_boxes": ("1", "2"),
    "offset_inverse": ("1",),
    "multibox_target": ("1", "2"),
    "nms": ("1",),
    "multibox_detection": ("3",),
    "soft_nms": ("1",),
}

# With fewer boxes these answers would be right.
NEED_THREE = {
    "s04_nms_removed_boxes_remove": "a removed box that removes another, and the one that removed it",
    "s04_soft_decays_once": "two boxes whose order changes when a third lowers one of them",
    "s04_soft_original_ranking": "two boxes whose order changes when a third lowers one of them",
    "s04_assign_farthest": "two ground truths, their two own anchors, and one that is free to choose",
}


def _boxes(found: Counterexample) -> int:
    """The largest number of boxes in one argument."""
    shapes = [value["shape"] for name, value in found.arguments if name in BOXES[found.function]]
    return max(math.prod(shape[:-1]) for shape in shapes)


@pytest.mark.slow
@pytest.mark.parametrize("number", ["13.3", "13.4"])
def test_counterexamples_have_at_most_two_boxes(course: Course, launcher: Launcher, number: str) -> None:
    section = next(s for s in course.rubric.sections if s.id == number)
    tasks = []
    for path in overlay_files(course, section, "wrong"):
        lost = set(read_overlay(path, section).loses)
        items = frozenset(
            (e.id, i.id) for e in section.exercises for i in e.items if f"{e.id}/{i.id}" in lost
        )
        tasks.append(worker_task(overlay_submission(course, section, path), launcher, items=items))
    examined: list[Examined] = []
    Examiner(course, exercises=frozenset(e.id for e in section.exercises)).examine(tasks, examined.append)

    shown = [(e.submission.name, o) for e in examined for o in e.outcomes if _tells(o)]
    large = {
        f"{name}: {o.check}: {_boxes(o.counterexample)}"
        for name, o in shown
        if o.counterexample and _boxes(o.counterexample) > (3 if name in NEED_THREE else 2)
    }
    assert len(shown) > 5
    assert not large


def _tells(outcome: Outcome) -> bool:
    """The student is shown a counterexample of boxes; a skipped item only names another."""
    failed = outcome.status not in (Status.PASSED, Status.SKIPPED)
    return failed and outcome.counterexample is not None and outcome.counterexample.function in BOXES
