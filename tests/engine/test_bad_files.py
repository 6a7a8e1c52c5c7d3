"""Files that cannot be read, and files that import what is not there: a clear message, and the rest counts."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import Grade, statuses

from grader.course import Course
from grader.errors import SubmissionError, UsageError
from grader.files import write_text
from grader.loader import load_submission


@pytest.mark.parametrize("name", ["s01_sums.py", "sums.ipynb"])
def test_a_file_that_may_not_be_read(
    name: str, tiny: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_text("{}")
    real = Path.open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name == name:
            raise PermissionError(
                13, "Permission denied"
            )  # root may read everything, so the test must refuse
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SubmissionError, match=rf"{name}.*Permission denied"):
        load_submission(path, tiny.rubric)


def test_an_import_of_a_package_that_is_not_there(tiny: Course, grade: Grade) -> None:
    source = "import torch\nimport a_package_nobody_has\n\ndef total(x):\n    return x.sum()\n"
    score = grade(tiny, s01_sums=source, exercises=frozenset({"1.1.1"}))
    assert statuses(score)["1.1.1/total"] == "passed"
    assert any("a_package_nobody_has" in remark.message for remark in score.remarks)


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    """`--json /dev/stdout` and `--json >(jq …)` name no file: what stands there is never replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "{}")
    reader.join(10)
    assert read == ["{}"]
    assert pipe.is_fifo()


def test_a_full_device_is_told(tmp_path: Path) -> None:
    device = Path("/dev/full")
    with pytest.raises(UsageError, match="No space left"):
        write_text(device, "{}")
    assert device.is_char_device()
