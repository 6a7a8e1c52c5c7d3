"""`%grade` in a real Jupyter kernel: the verdict and the picture, from the code as text, with nothing left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from conftest import REPOSITORY, TINY
from jupyter_client.manager import KernelManager
from sample import BO
from test_html import Structure

from grader.course import Course
from grader.magic import _without_own_magic
from grader.report.html.cell import cell_report

Run = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Run]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def run(code: str) -> list[dict[str, Any]]:
        """The outputs of a cell; one that was updated counts as its last state."""
        sent = client.execute(code)
        found: list[dict[str, Any]] = []
        while True:
            try:
                message = client.get_iopub_msg(timeout=120)
            except Empty:
                pytest.fail(f"no answer to {code!r}")
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return found
            if kind == "update_display_data":
                found[-1] = content
            elif kind in ("display_data", "stream", "error", "execute_result"):
                found.append(content)

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.slow
def test_a_verdict_stands_under_the_cell(kernel: Run) -> None:
    assert kernel("%load_ext grader") == []
    kernel("import torch\ndef total(x):\n    return x.sum() + 1")
    (shown,) = kernel(f"%grade 1.1.1 --course {TINY}")
    assert (
        "0 of 6 points confirmed" in shown["data"]["text/plain"]
        or "points confirmed" in shown["data"]["text/plain"]
    )
    assert "does not hold" in shown["data"]["text/html"]
    kernel("def total(x):\n    return x.sum()\ndef mean(x):\n    return x.sum() / len(x)")
    (shown,) = kernel(f"%grade 1.1.1 --course {TINY} --lang zh")
    assert "已确认 5 分，满分 6 分" in shown["data"]["text/plain"]
    (shown,) = kernel(f"%%grade 1.1.1 --course {TINY}\ndef mean(x):\n    return 0 * x.sum()")
    assert "✗ Mean" in shown["data"]["text/plain"], "the cell is run first, and counts"
    (error,) = kernel(f"%grade 1.9.9 --course {TINY}")
    assert error["name"] == "stderr"
    assert "no exercise or section" in error["text"]
    (left,) = kernel(
        "import sys, torch; sorted(m for m in sys.modules if m in ('pytest', 'hypothesis', 's01_sums'))"
    )
    assert left["data"]["text/plain"] == "[]", "the kernel stays the student's"


@pytest.mark.slow
def test_the_counterexample_is_drawn(kernel: Run) -> None:
    kernel("%load_ext grader")
    wrong = "import torch\ndef box_corner_to_center(boxes):\n    return boxes.clone()"
    kernel(wrong)
    (shown,) = kernel(f"%grade 13.3.2 --course {REPOSITORY}")
    assert "<svg" in shown["data"]["text/html"]
    assert "box_corner_to_center(" in shown["data"]["text/plain"]


def test_the_fragment_is_whole_and_styles_only_itself(tiny: Course) -> None:
    text = cell_report(BO, tiny.rubric, "en")
    structure = Structure()
    structure.feed(text)
    assert structure.open == []
    assert "script" not in structure.tags
    style = text[text.index("<style>") + 7 : text.index("</style>")]
    selectors = [s for rule in style.split("}")[:-1] for s in rule.partition("{")[0].split(",")]
    assert all(s.strip().startswith(".grade-out") for s in selectors)


def test_its_own_magic_is_no_code_of_the_student() -> None:
    assert _without_own_magic("%%grade 1.1.1\ndef total(x): ...") == "def total(x): ..."
    assert _without_own_magic("%%time\nx = 1") == "%%time\nx = 1"
