"""The template's notebooks show a student what their functions give: run with the reference's functions, on a real kernel."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.course import Course
from grader.loader import load_submission
from grader.rubric import Section

SECTIONS = [
    s.module
    for s in Course(Path(__file__).resolve().parents[2]).rubric.sections
    if any(e.look for e in s.exercises)
]


def _solved(course: Course, section: Section) -> nbformat.NotebookNode:
    """The section's notebook with the reference's functions, and nothing else of it, in the place of the stubs."""
    notebook = nbformat.read(course.template / f"{section.module}.ipynb", as_version=4)
    names = ", ".join(f.name for f in section.functions)
    source = f"import sys\nsys.path.insert(0, {str(course.root / 'reference')!r})\nfrom {section.module} import {names}"
    about = [c.metadata.get("grader", {}) for c in notebook.cells]
    kept = [c for c, a in zip(notebook.cells, about, strict=True) if "exercise" not in a or a.get("role")]
    notebook.cells = [nbformat.v4.new_code_cell(source), *kept]
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("module", SECTIONS)
def test_a_solved_notebook_shows_its_pictures(course: Course, module: str, tmp_path: Path) -> None:
    section = next(s for s in course.rubric.sections if s.module == module)
    folder = shutil.copytree(course.template, tmp_path / "work")
    notebook = _solved(course, section)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    looks = [c for c in notebook.cells if c.get("metadata", {}).get("grader", {}).get("role") == "look"]
    assert len(looks) == sum(bool(e.look) for e in section.exercises)
    for cell in looks:
        assert any("image/png" in o.get("data", {}) for o in cell.outputs), cell.source
    nbformat.write(notebook, folder / "solved.ipynb")


def test_a_picture_cell_is_no_answer(course: Course, tmp_path: Path) -> None:
    shutil.copy(course.template / "s04_anchor_boxes.ipynb", tmp_path)
    submission = load_submission(tmp_path, course.rubric)
    assert all("matplotlib" not in c.source for u in submission.units for c in u.cells)


def test_an_answer_in_a_picture_cell_counts(course: Course, tmp_path: Path) -> None:
    notebook = nbformat.read(course.template / "s04_anchor_boxes.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if c.metadata.get("grader", {}).get("role") == "look")
    cell.source += "\n\ndef box_iou(a, b):\n    return a @ b.T\n"
    nbformat.write(notebook, tmp_path / "s04_anchor_boxes.ipynb")
    (unit,) = load_submission(tmp_path, course.rubric).units
    assert "box_iou" in unit.attempted
