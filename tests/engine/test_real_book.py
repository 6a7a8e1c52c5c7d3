"""The book's own package, installed as its readers must: without the old versions it pins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

NEEDED = ("d2l", "requests", "scipy", "certifi", "charset-normalizer", "idna", "urllib3")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with everything of this one, and the book's package from PyPI."""
    folder = tmp_path_factory.mktemp("book")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    here = [p for p in sys.path if p.endswith("site-packages")]
    (site / "here.pth").write_text("\n".join([str(REPOSITORY), *here]))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), *NEEDED]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the book's package could not be installed: {done.stderr[-300:]}")
    return folder / "bin" / "python"


@pytest.mark.slow
def test_a_notebook_along_the_book_with_the_real_package(python: Path, tmp_path: Path) -> None:
    notebook, result = (
        REPOSITORY / "tests" / "demo" / "class" / "fay" / "anchor.ipynb",
        tmp_path / "result.json",
    )
    command = [python, "-m", "grader.cli", notebook, "-e", "13.4.2", "--json", result]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=dict(os.environ), cwd=tmp_path
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["points"]["confirmed"] == 8
    assert all("stand-in" not in remark["message"] for remark in found["remarks"])
