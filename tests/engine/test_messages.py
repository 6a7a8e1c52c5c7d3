"""The engine's messages are said again in Chinese: each pattern is met by a message the engine really makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.checks import Disagreement, agree, mapping, number, sequence, tensor
from grader.report.messages import translated

CASES: list[Callable[[], Any]] = [
    lambda: tensor("x"),
    lambda: tensor(torch.zeros(2), shape=(3,)),
    lambda: tensor(torch.zeros(2), shape=(None, 3), meaning="one row per box"),
    lambda: tensor(torch.zeros(2, dtype=torch.int64)),
    lambda: tensor(torch.tensor([float("nan")])),
    lambda: sequence(3),
    lambda: sequence(3, 2),
    lambda: sequence([1], 2),
    lambda: number("x"),
    lambda: number(float("inf")),
    lambda: mapping({}, ["a"]),
    lambda: agree(torch.zeros(2), torch.ones(2)),
    lambda: agree(torch.tensor(0.0), torch.tensor(1.0)),
    lambda: agree(torch.tensor([0.0, float("nan")]), torch.zeros(2)),
    lambda: agree(torch.zeros(2), torch.zeros(3), what="class_labels"),
    lambda: agree([1], [1, 2]),
    lambda: agree(torch.zeros(1), torch.ones(1), conventions={"the other way": torch.zeros(1)}),
]


@pytest.mark.parametrize("case", CASES)
def test_a_message_of_the_checks_is_known(case: Callable[[], Any]) -> None:
    with pytest.raises(Disagreement) as caught:
        case()
    said = translated(caught.value.message, "zh")
    assert re.search("[\u4e00-\u9fff]", said), said
    assert "wanted" not in said
    assert translated(caught.value.message, "en") == caught.value.message


def test_numbers_and_names_stay() -> None:
    why = "iou: element [0, 2] is 0.125, wanted 0.5 (difference 0.375, allowed 1e-05)"
    message = f"first mend 'iou', which this builds on ({why})"
    said = translated(message, "zh")
    for part in ("'iou'", "0, 2", "0.125", "0.5", "0.375", "1e-05"):
        assert part in said


def test_what_a_course_says_stays_as_it_is() -> None:
    assert translated("a box leaves the picture", "zh") == "a box leaves the picture"


def test_a_long_or_odd_text_costs_no_time() -> None:
    for text in ("wanted " * 5000, "(" * 590, "element [" + "1, " * 190, " is " * 140 + ", wanted "):
        translated(text, "zh")
