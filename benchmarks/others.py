# ruff: noqa: ISC004  (one assert over two lines is meant)
"""The same notebooks graded by nbgrader and by otter-grader, with a few asserts for each exercise.

Both run in an environment of their own, which sees the project's torch.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from made import Notebook

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"

ASSERTS: dict[str, tuple[str, ...]] = {
    "13.3.2": (
        "assert torch.allclose(box_corner_to_center(torch.tensor([[0., 0., 4., 2.]])).float(), torch.tensor([[2., 1., 4., 2.]]))",
        "assert torch.allclose(box_center_to_corner(torch.tensor([[2., 1., 4., 2.]])).float(), torch.tensor([[0., 0., 4., 2.]]))",
    ),
    "13.4.1": (
        "Y = multibox_prior(torch.zeros(1, 3, 4, 6), [0.5, 0.25], [1, 2]).reshape(-1, 4)",
        "assert Y.shape == (72, 4)",
        "assert torch.allclose(((Y[0, :2] + Y[0, 2:]) / 2).float(), torch.tensor([0.5 / 6, 0.5 / 4]))",
    ),
    "13.4.2": (
        "a, b = torch.tensor([[1., 1., 4., 4.]]), torch.tensor([[1.4, 1., 5., 5.], [5., 5., 6., 6.]])",
        "assert torch.allclose(box_iou(a, b).float(), torch.tensor([[0.5, 0.]]), atol=1e-5)",
        "c, d = (torch.as_tensor(box).reshape(1, 4) for box in boxes_with_iou(0.25))",
        "assert torch.allclose(box_iou(c, d).float(), torch.tensor([[0.25]]), atol=1e-5)",
    ),
    "13.7.1": (
        "p, t = torch.tensor([0.2, 3.0]), torch.zeros(2)",
        "assert torch.allclose(smooth_l1(p, t, 1.0, 'none'), torch.tensor([0.02, 2.5]))",
        "z = torch.tensor([[2.0, 0.0], [0.0, 1.0]])",
        "assert torch.allclose(focal_loss(z, torch.tensor([0, 1]), 1.0, 0.0, 'mean'),"
        " torch.nn.functional.cross_entropy(z, torch.tensor([0, 1])))",
        "assert calc_loss(torch.zeros(2, 5, 3), torch.zeros(2, 5).long(), torch.zeros(2, 20), torch.zeros(2, 20),"
        " torch.ones(2, 20)).shape == (2,)",
    ),
    "13.10.1": (
        "X, K = torch.arange(12.).reshape(3, 4), torch.tensor([[0., 1.], [2., 3.]])",
        "assert torch.allclose(corr2d(X, K).float(), torch.nn.functional.conv2d(X[None, None], K[None, None])[0, 0])",
        "assert torch.allclose(trans_conv(X, K).float(),"
        " torch.nn.functional.conv_transpose2d(X[None, None], K[None, None])[0, 0])",
    ),
    "13.10.2": (
        "X, K = torch.arange(12.).reshape(3, 4), torch.tensor([[0., 1.], [2., 3.]])",
        "assert kernel2matrix(K, (3, 4)).shape == (6, 12)",
        "assert torch.allclose(conv_by_matmul(X, K).float(),"
        " torch.nn.functional.conv2d(X[None, None], K[None, None])[0, 0])",
        "assert torch.allclose(trans_conv_by_matmul(X, K).float(),"
        " torch.nn.functional.conv_transpose2d(X[None, None], K[None, None])[0, 0])",
    ),
}  # fmt: skip


def ensure_environment() -> str:
    """Install the two graders, pinned, where that has not been done; what went wrong, or ""."""
    if (ENVIRONMENT / "ready").is_file():
        return ""
    import torch

    project = Path(torch.__file__).resolve().parent.parent
    pip = [
        str(ENVIRONMENT / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "-r",
        str(HERE / "requirements.txt"),
    ]
    for command in ([sys.executable, "-m", "venv", str(ENVIRONMENT)], pip):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["it could not be installed"])[-1]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (ENVIRONMENT / "lib" / version / "site-packages" / "zz_project.pth").write_text(f"{project}\n")
    (ENVIRONMENT / "ready").touch()
    return ""


# ---------------------------------------------------------------- nbgrader


def nbgrader(folder: Path, notebooks: Sequence[Notebook]) -> tuple[float, int]:
    """(seconds, notebooks that got full marks) of `nbgrader autograde`; setting up is not counted."""
    (folder / "source" / "ps1").mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    empty = Notebook("", dict.fromkeys(ASSERTS, "raise NotImplementedError"), "")
    (folder / "source" / "ps1" / "work.ipynb").write_text(_for_nbgrader(empty))
    _run(folder, "nbgrader", "generate_assignment", "ps1", "--create")
    for notebook in notebooks:
        place = folder / "submitted" / notebook.student / "ps1"
        place.mkdir(parents=True)
        (place / "work.ipynb").write_text(_for_nbgrader(notebook))
    seconds = _run(folder, "nbgrader", "autograde", "ps1")
    _run(folder, "nbgrader", "export")
    with (folder / "grades.csv").open(encoding="utf-8") as file:
        full = sum(float(row["score"]) == float(row["max_score"]) for row in csv.DictReader(file))
    return seconds, full


def _for_nbgrader(notebook: Notebook) -> str:
    cells = []
    for exercise, source in notebook.cells.items():
        own = exercise.replace(".", "-")
        for kind, text in (("answer", source), ("test", "import torch\n" + "\n".join(ASSERTS[exercise]))):
            is_test = kind == "test"
            about = {"schema_version": 3, "grade_id": f"{kind}-{own}", "task": False, "grade": is_test}
            about |= {"locked": is_test, "solution": not is_test, **({"points": 1} if is_test else {})}
            cell = nbformat.v4.new_code_cell(text, id=f"{kind}-{own}")
            cell.metadata["nbgrader"] = about
            cells.append(cell)
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=_KERNEL))


# ---------------------------------------------------------------- otter


def otter(folder: Path, notebooks: Sequence[Notebook]) -> tuple[float, int]:
    """The same for `otter run`, one notebook after the other."""
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for number, lines in enumerate(ASSERTS.values(), 1):
        code = "\n".join(f">>> {line}" for line in ("import torch", *lines))
        case = {"code": code, "hidden": False, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": f"q{number}", "points": 1, "suites": [suite]}
        (tests / f"q{number}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
    _run(
        folder,
        "otter",
        "generate",
        "-t",
        "tests",
        "-o",
        "autograder.zip",
        "--no-environment",
        "--no-requirements",
    )
    seconds, full = 0.0, 0
    for notebook in notebooks:
        (folder / f"{notebook.student}.ipynb").write_text(
            nbformat.writes(nbformat.v4.new_notebook(cells=_plain(notebook), metadata=_KERNEL))
        )
        out = f"out-{notebook.student}"
        (folder / out).mkdir()
        seconds += _run(
            folder,
            "otter",
            "run",
            "-a",
            "autograder.zip",
            "-o",
            out,
            "--no-logo",
            f"{notebook.student}.ipynb",
        )
        tests_run = json.loads((folder / out / "results.json").read_text())["tests"]
        graded = [t for t in tests_run if t.get("max_score")]
        full += all(t.get("score") == t["max_score"] for t in graded)
    return seconds, full


def _plain(notebook: Notebook) -> list[object]:
    return [nbformat.v4.new_code_cell(source) for source in notebook.cells.values()]


_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def _run(folder: Path, program: str, *arguments: str) -> float:
    command = [str(ENVIRONMENT / "bin" / program), *arguments]
    began = time.monotonic()
    path = f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}"  # nbgrader calls alembic by its name
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )
    if done.returncode:
        raise RuntimeError(f"{program} {arguments[0]}: {(done.stderr or done.stdout)[-1500:]}")
    return time.monotonic() - began
