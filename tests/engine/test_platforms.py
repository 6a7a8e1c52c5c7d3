"""What platforms run is run as they run it, as far as that can be done here: Gradescope's archive, GitHub's action.

Nothing here speaks to a platform. Paths that a platform fixes (/autograder, /opt/grader) are moved into a folder of the test's.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import REPOSITORY
from jsonschema import Draft202012Validator

from grader.course import Course
from grader.exporters.archive import gradescope_zip

SCHEMA = Path(__file__).parent / "schemas" / "gradescope.schema.json"
ACTION = REPOSITORY / "action.yml"
WORKFLOWS = (
    REPOSITORY / "integrations" / "github-workflow.yml",
    *sorted((REPOSITORY / ".github").rglob("*.yml")),
)
ENDLESS = "def total(x): return x.sum()\ndef mean(x): return x.sum() / len(x)\ndef make_scaler(k):\n    while True: pass\n"


# ---------------------------------------------------------------- Gradescope


def unpacked(tiny: Course, root: Path, code: str) -> Path:
    """/autograder as Gradescope fills it; returns its run_autograder."""
    with zipfile.ZipFile(io.BytesIO(gradescope_zip(tiny, [], "zh"))) as archive:
        archive.extractall(root / "source")
    for name in ("setup.sh", "run_autograder"):
        script = (root / "source" / name).read_text()
        script = script.replace("/opt/grader/bin/python", sys.executable).replace("/autograder", str(root))
        (root / name).write_text(script.replace("/var/cache", str(root / "cache")))
    (root / "submission").mkdir()
    (root / "submission" / "s01_sums.py").write_text(code)
    return root / "run_autograder"


def results_of(root: Path) -> Any:
    data = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(data)
    return data


@pytest.mark.slow
def test_gradescopes_archive_grades_in_its_own_folder(tiny: Course, tmp_path: Path) -> None:
    script = unpacked(tiny, tmp_path, ENDLESS.replace("while True: pass", "return None"))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", script], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    data = results_of(tmp_path)
    assert data["extra_data"]["grader"]["unfinished"] is False
    assert sum(t.get("score", 0) for t in data["tests"]) == 5
    assert "make_scaler 没有返回模块" in json.dumps(data, ensure_ascii=False)


@pytest.mark.slow
def test_the_image_is_tried_with_the_reference_when_it_is_built(tiny: Course, tmp_path: Path) -> None:
    """Its last lines; what they find out is kept where the submissions' runs look for it."""
    reference = tiny.root / "reference" / "s01_sums.py"
    script = unpacked(tiny, tmp_path, reference.read_text()).with_name("setup.sh")
    text = script.read_text()
    script.write_text(text[text.index("# The reference is graded once") :])
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def ran(name: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", tmp_path / name]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    def kept() -> dict[Path, int]:
        """Wherever it lies: HOME is this folder too."""
        return {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.frame")}

    right = ran("setup.sh")
    assert right.returncode == 0, right.stdout + right.stderr
    assert "try a submission" not in right.stderr
    known = kept()
    assert known, "no case was kept"
    assert ran("run_autograder").returncode == 0
    assert kept() == known, "a submission's run made cases of its own"
    (tmp_path / "source" / "course" / "reference" / "s01_sums.py").write_text(ENDLESS)
    wrong = ran("setup.sh")
    assert wrong.returncode == 0, "an image that can be used is not thrown away"
    assert "try a submission" in wrong.stderr


@pytest.mark.slow
def test_a_time_limit_leaves_what_was_judged(tiny: Course, tmp_path: Path) -> None:
    """Gradescope ends the container when time is up: nobody is asked to clean up."""
    script = unpacked(tiny, tmp_path, ENDLESS)
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(["bash", script], stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + 240
    while not (tmp_path / "results" / "results.json").exists():
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline, "no partial results after four minutes"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    data = results_of(tmp_path)
    assert data["extra_data"]["grader"]["unfinished"] is True
    assert sum(t.get("score", 0) for t in data["tests"]) == 5
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["results.json"], (
        "no half-written file is left"
    )


# ---------------------------------------------------------------- GitHub


def steps(path: Path) -> list[dict[str, Any]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = (
        data["runs"]["steps"]
        if "runs" in data
        else [s for job in data["jobs"].values() for s in job["steps"]]
    )
    assert found
    return list(found)


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda p: p.name)
def test_steps_are_pinned_and_their_scripts_are_bash(path: Path) -> None:
    for step in steps(path):
        assert ("uses" in step) != ("run" in step), step
        if "uses" in step:
            assert re.search(r"@v?\d|@[0-9a-f]{40}$", step["uses"]) or step["uses"].startswith("./"), step[
                "uses"
            ]
            continue
        assert "${{" not in step["run"], (
            "values go through env: an expression in a script is code of whoever wrote it"
        )
        checked = subprocess.run(
            ["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_the_action_names_only_what_it_has() -> None:
    data = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    text = ACTION.read_text(encoding="utf-8")
    assert data["runs"]["using"] == "composite"
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(data["inputs"])
    ids = {s["id"] for s in data["runs"]["steps"] if "id" in s}
    for output in data["outputs"].values():
        step, name = re.search(r"steps\.([\w-]+)\.outputs\.([\w-]+)", output["value"]).groups()  # type: ignore[union-attr]
        assert step in ids
        assert any(f"{name}=" in s.get("run", "") for s in data["runs"]["steps"] if s.get("id") == step)
    assert all(s["shell"] == "bash" for s in data["runs"]["steps"] if "run" in s)


@pytest.mark.slow
def test_the_actions_script_annotates_sums_up_and_fails(tmp_path: Path) -> None:
    work = tmp_path / "repository" / "hw"
    work.mkdir(parents=True)
    (work / "s03_bounding_boxes.py").write_text(
        "def box_corner_to_center(boxes):\n    return boxes.clone()\n"
    )
    programs = tmp_path / "temp" / "grader" / "bin"
    programs.mkdir(parents=True)
    for name in ("grade", "python"):
        (programs / name).symlink_to(Path(sys.executable).parent / name)
    script = next(s["run"] for s in steps(ACTION) if s.get("id") == "grade")
    environment = {
        **os.environ, "RUNNER_TEMP": str(tmp_path / "temp"), "GITHUB_ACTIONS": "true", "WHERE": "hw",
        "EXERCISES": "13.3.2", "LANGUAGE_OF_REPORT": "en", "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=work.parent, env=environment,
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^::error .*file=hw/s03_bounding_boxes\.py,line=1", done.stdout, re.M), done.stdout
    assert "13.3.2" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    output = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert float(output["score"]) == json.loads(Path(output["result"]).read_text())["points"]["confirmed"]
