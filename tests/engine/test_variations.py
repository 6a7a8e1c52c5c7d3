"""A notebook along an older printing of the book, with a real notebook's untidiness: judged fairly, deviations named.

docs/variations.md lists every variation with its decision and its test.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from conftest import statuses
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.launch import Launcher
from grader.loader import load_submission
from grader.scoring import score

CELLS = [
    "# 14.4 Anchor Boxes (my notes, 2021 printing)",
    "%matplotlib inline\n!pip install -q d2l==0.16\nimport torch\nfrom d2l import torch as d2l",
    "## Generating anchors",
    """
def multibox_prior(data, sizes, ratios):  # a first draft, wrong; the next cell's counts
    return torch.zeros(1, 1, 4)
""",
    """
def MultiBoxPrior(data, sizes, ratios):
    print("making anchors for", data.shape)
    rows, columns = data.shape[-2:]
    shapes = [(s, 1.0) for s in sizes] + [(sizes[0], r ** 0.5) for r in ratios[1:]]
    boxes = []
    for i in range(rows):
        for j in range(columns):
            x, y = (j + 0.5) / columns, (i + 0.5) / rows
            for s, root in shapes:
                w, h = s * root * rows / columns, s / root
                boxes.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return torch.tensor(boxes, device=data.device).unsqueeze(0)

multibox_prior = MultiBoxPrior
""",
    "img = d2l.plt.imread('../img/catdog.jpg')\nh, w = img.shape[:2]",
    "these lines are prose that slipped into a code cell",
    """
def compute_jaccard(a, b):
    upper = torch.maximum(a[:, None, :2], b[None, :, :2])
    lower = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (lower - upper).clamp(min=0).prod(dim=2)
    area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    return shared / (area(a)[:, None] + area(b) - shared)
""",
    "## Exercise 3",
    """
def match_anchor_to_bbox(ground_truth, anchors, device, iou_threshold=0.5):
    overlap = compute_jaccard(anchors, ground_truth)
    best, which = overlap.max(dim=1)
    matched = torch.where(best >= 0.5, which, torch.full_like(which, -1)).to(device)
    left = overlap.clone()
    for _ in range(len(ground_truth)):
        anchor, truth = divmod(int(left.argmax()), len(ground_truth))
        matched[anchor] = truth
        left[anchor], left[:, truth] = -1, -1
    return matched
""",
    "while True:\n    train_for_ever()",
]
LOST = {
    "13.4.1/first-ratio": "ratio",
    "13.4.3/assign-threshold": "0.5",
}


@pytest.fixture(scope="module")
def examined(course: Course, launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    path = tmp_path_factory.mktemp("older") / "anchor-boxes.ipynb"
    cells = [new_markdown_cell(c) if c.startswith("#") else new_code_cell(c.strip()) for c in CELLS]
    nbformat.write(new_notebook(cells=cells), path)
    found: list[Examined] = []
    chosen = course.rubric.select(["14.4"])
    Examiner(course, exercises=chosen).examine(
        [worker_task(load_submission(path, course.rubric), launcher)], found.append
    )
    return found[0]


def test_an_older_printing_loses_only_where_it_differs(course: Course, examined: Examined) -> None:
    result = score(
        course.rubric, examined.submission, examined.outcomes, exercises=course.rubric.select(["13.4"])
    )
    written = ("13.4.1/", "13.4.2/iou", "13.4.3/assign")
    lost = {k: v for k, v in statuses(result).items() if k.startswith(written) and v != "passed"}
    assert lost == dict.fromkeys(LOST, "failed")


def test_the_deviation_is_named(course: Course, examined: Examined) -> None:
    for outcome in examined.outcomes:
        words = LOST.get(f"{outcome.exercise}/{outcome.item}")
        if words is not None:
            hints = course.rubric.exercises[outcome.exercise].item(outcome.item).hints
            assert words in " ".join([outcome.sentence, outcome.message, outcome.hint, *map(str, hints)])


def test_what_was_left_out_is_said_and_nothing_crashed(examined: Examined) -> None:
    said = " ".join(f"{r.where}: {r.message}" for r in (*examined.submission.remarks, *examined.remarks))
    assert "%matplotlib inline" in said
    assert "!pip install" in said
    assert "cell 7" in said  # the prose
    assert {str(o.status) for o in examined.outcomes} <= {"passed", "failed", "skipped", "not_attempted"}


def test_the_file_is_the_students(examined: Examined) -> None:
    assert Path(examined.submission.units[0].path).name == "anchor-boxes.ipynb"
