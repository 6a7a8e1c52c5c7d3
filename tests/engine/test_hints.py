"""Hints in their order, remembered in a small file that may be missing, broken or read-only."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample import ADA, BO
from test_cli import grade

from grader.course import Course
from grader.errors import UsageError
from grader.hints import Memory, after, after_grading, next_hint, recall, remember
from grader.rubric import Rubric


@pytest.fixture
def rubric(tiny: Course) -> Rubric:
    return tiny.rubric


def asked(rubric: Rubric, wanted: str, memory: Memory, times: int) -> list[tuple[str, int]]:
    found = []
    for _ in range(times):
        hint = next_hint(rubric, wanted, memory)
        memory = after(memory, hint)
        found.append((hint.item.id, hint.number))
    return found


def test_hints_come_in_the_rubrics_order_and_the_last_one_stays(rubric: Rubric) -> None:
    assert asked(rubric, "1.1.1", Memory(), 5) == [
        ("total", 1),
        ("inputs", 1),
        ("mean", 1),
        ("mean", 1),
        ("mean", 1),
    ]
    assert asked(rubric, "2.1.1/mean", Memory(), 1) == [("mean", 1)]


def test_what_lost_points_comes_first(rubric: Rubric) -> None:
    memory = after_grading(Memory(), BO)
    assert memory.failing == {"1.1.1/total", "1.1.2/scaler"}
    assert asked(rubric, "1.1.1", memory, 2) == [("total", 1), ("total", 1)]


def test_what_holds_now_begins_anew(rubric: Rubric) -> None:
    memory = Memory({"1.1.1/total": 1}, frozenset({"1.1.1/total"}))
    assert after_grading(memory, ADA) == Memory()
    assert after_grading(memory, BO).shown == {"1.1.1/total": 1}


def test_unknown_exercises_and_items_are_refused(rubric: Rubric) -> None:
    for wanted in ("1.1", "1.9.9", "1.1.1/nothing", "1.1.1/written"):
        with pytest.raises(UsageError, match=r"1\.1"):
            next_hint(rubric, wanted, Memory())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"shown": 3, "failing": []}', '{"shown": {"a": "x"}, "failing": []}', "\x00"]
)
def test_a_broken_memory_is_no_memory(text: str, tmp_path: Path) -> None:
    (tmp_path / "hints.json").write_text(text)
    assert recall(tmp_path / "hints.json") == Memory()
    assert recall(tmp_path / "none.json") == Memory()


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not remember(tmp_path / "file" / "hints.json", Memory())
    assert remember(tmp_path / "hints.json", Memory({"a/b": 2}, frozenset({"a/b"})))
    assert recall(tmp_path / "hints.json") == Memory({"a/b": 2}, frozenset({"a/b"}))


def test_the_command_remembers(tmp_path: Path) -> None:
    arguments = ("--course", Path(__file__).parent / "tiny_course")
    first = grade("--hint", "1.1.1", *arguments, XDG_STATE_HOME=str(tmp_path))
    second = grade("--hint", "1.1.1", *arguments, "--lang", "zh", XDG_STATE_HOME=str(tmp_path))
    assert "Add them up." in first.stdout, first.stderr
    assert "不要写入 x。" in second.stdout
    assert second.returncode == 0
    assert grade("--hint", "1.1.7", *arguments, XDG_STATE_HOME=str(tmp_path)).returncode == 2
