"""What the checks say is found again by the pattern it was made by, and the course's own sentences have a Chinese text."""

from __future__ import annotations

import ast
import re
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY

from grader.course import Course
from grader.errors import CourseError
from grader.phrases import Phrasebook, _strings, is_prose, read_texts, untold
from grader.report.messages import of_crash, translated
from grader.verdict import DIVERGED
from grader.version_rot import advice

BOOK = Phrasebook(
    [
        ("IoU of boxes that lie apart ({1})", "分开的框（{1}）的 IoU"),
        ("side by side", "左右并列"),
        ("{1}, wanted {2}", "{1}，应为 {2}"),
        ("loss is {1}, wanted {2}{3}", "损失为 {1}，应为 {2}{3}"),
        (" (this is {1})", "（这是{1}）"),
        ("the sum", "总和"),
        ("np.{1} is gone: write {1}", "np.{1} 没有了：请写 {1}"),
    ]
)


def test_the_pattern_that_says_most_is_taken() -> None:
    assert BOOK.told("loss is 1, wanted 2") == "损失为 1，应为 2"
    assert BOOK.told("1, wanted 2") == "1，应为 2"
    assert BOOK.told("a box leaves the picture") is None


def test_what_is_filled_in_is_told_too() -> None:
    assert (
        BOOK.told("IoU of boxes that lie apart (side by side): 1, wanted 2")
        == "分开的框（左右并列）的 IoU：1，应为 2"
    )
    assert BOOK.told("loss is 1, wanted 2 (this is the sum)") == "损失为 1，应为 2（这是总和）"


def test_a_place_that_stands_twice_is_the_same_text() -> None:
    assert BOOK.told("np.int is gone: write int") == "np.int 没有了：请写 int"
    assert BOOK.told("np.int is gone: write float") is None


def test_what_was_filled_in_is_no_place() -> None:
    assert BOOK.told("{2}, wanted {1}") == "{2}，应为 {1}"


def test_hostile_text_costs_little() -> None:
    texts = (": " * 290, " is , wanted : " * 40, "(" * 590, " (this is " * 60, "x" * 100_000)
    began = time.process_time()
    for text in texts:
        translated(text, "zh", REPOSITORY / "tests" / "exercises" / "texts", "s04_anchor_boxes")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "said",
    [
        "IoU of boxes that lie apart (diagonally): -0.888889, wanted 0 (difference 0.889, allowed 1e-05)",
        "box_iou has shape (1, 2), wanted (3, 2): one row per box of boxes1, one column per box of boxes2",
        "the result is tuple of 2, wanted a torch.Tensor",
        "keep is [0], wanted [0, 1]: you lower the score of box 1 to 0.3, score_threshold is 0.2",
        "first mend 'iou', which this builds on (IoU of boxes that lie apart (one above the other): 1, wanted 0)",
    ],
)
def test_sentences_of_the_course(said: str, course: Course) -> None:
    told = translated(said, "zh", course.texts, "s04_anchor_boxes")
    assert not re.search(r"[a-z]{2,} [a-z]{2,}", told), told


def test_what_raised_stays_as_it_was_raised() -> None:
    assert of_crash("ValueError: the result has no key 'a'", "zh") == "ValueError: the result has no key 'a'"
    assert "3" in of_crash("the process ended itself with exit code 3 (os._exit?)", "zh")
    assert "process" not in of_crash("the process ended itself with exit code 3 (os._exit?)", "zh")


def test_advice_is_told() -> None:
    assert translated(DIVERGED, "zh") != DIVERGED
    said = advice("module 'numpy' has no attribute 'float'")
    assert said == "numpy dropped np.float in version 1.24: write float"
    assert translated(said, "zh") == "numpy 从 1.24 版起去掉了 np.float：请写 float"


# Modules of the engine whose strings students read, and what of it is no sentence of its own.
SPEAKING = ("source", "notebook", "outline", "definitions", "loader", "compare", "checks")
PARTS = {
    " (the file ends too early)", " of {1}", ". Start with: grade init DIR", "; {1} of {2} elements differ",
    "{1}: nothing to grade; wanted .py files or notebooks", "{1}{2}, wanted {3} (difference {4}, allowed {5}){6}",
    "what zipfile raises on a broken archive", "the exercise its metadata names, as written there",
    "invalid syntax", "true or false", "element [{1}] is ",
}  # fmt: skip


@pytest.mark.parametrize("module", SPEAKING)
def test_every_sentence_of_the_engine_is_known(module: str) -> None:
    path = REPOSITORY / "grader" / f"{module}.py"
    unknown = []
    for line, text in _strings(ast.parse(path.read_text(encoding="utf-8"))):
        filled = [re.sub(r"\{\d\}", part, text) for part in ("1", "`1`")]
        said = is_prose(text) and text not in PARTS and "\\" not in text
        if said and all(translated(each, "zh") == each for each in filled):
            unknown.append(f"{path}:{line}: {text}")
    assert not unknown, "\n".join(unknown)


# ---------------------------------------------------------------- the files


def test_a_sentence_without_a_pair_is_named(tmp_path: Path) -> None:
    checks = tmp_path / "test_s01.py"
    checks.write_text(
        'def test_a():\n    """A docstring is no sentence."""\n    fail(f"box {i} is lost", hint="Look again.")\n'
    )
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "s01.yaml").write_text(
        "- {en: 'box {1} is lost', zh: '框丢失'}\n- {en: never said, zh: 从不}\n", encoding="utf-8"
    )
    found = list(untold(texts, "s01", [checks]))
    assert [f.partition(": ")[0] for f in found] == [
        f"{checks}:3",
        str(texts / "s01.yaml"),
        str(texts / "s01.yaml"),
    ]
    assert "'Look again.' has no pair" in found[0]
    assert "different places" in found[1]
    assert "no check says 'never said'" in found[2]


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "s02.yaml").write_text("- {en: only English}\n")
    with pytest.raises(CourseError, match=r"s02\.yaml:1"):
        read_texts(tmp_path, "s02")


def test_a_course_without_texts_speaks_english(tmp_path: Path) -> None:
    assert read_texts(tmp_path, "s03") == ()
    assert translated("no check says this", "zh", tmp_path, "s03") == "no check says this"
