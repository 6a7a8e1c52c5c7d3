"""Where a course lies on disk and what belongs to it.

What reads its YAML is imported when something is read: workers start to warm up when a course is found.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from grader.errors import CourseError
from grader.sealed import FOLDER, opened

if TYPE_CHECKING:
    from grader.datasets.catalogue import Catalogue
    from grader.rubric import Rubric, Section

DEFAULT_SECRET = "d2l"
"""seeds are derived from the course's secret; this one is public"""


@dataclass(frozen=True)
class Course:
    """A folder with rubric.yaml, reference/, student_template/, tests/exercises/ and perhaps data.yaml."""

    root: Path

    @cached_property
    def rubric(self) -> Rubric:
        from grader.rubric import load_rubric

        return load_rubric(self.root / "rubric.yaml", texts=self.texts)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The real data sets it can train on."""
        from grader.datasets.catalogue import load_catalogue

        return load_catalogue(self.root / "data.yaml")

    @property
    def tests(self) -> Path:
        return self.root / "tests" / "exercises"

    @cached_property
    def sealed(self) -> Path | None:
        """The folder of what takes the reference's place in a sealed course; None where the reference is there."""
        folder = self.tests / FOLDER
        return folder if folder.is_dir() else None

    @property
    def texts(self) -> Path:
        """What the checks say, in the course's other language (grader.phrases)."""
        return self.tests / "texts"

    @property
    def template(self) -> Path:
        return self.root / "student_template"

    def stub_file(self, section: Section) -> Path:
        """What a student starts from; a sealed course has it, too."""
        return self.template / f"{section.module}.py"

    def reference_file(self, section: Section) -> Path:
        return self.root / "reference" / f"{section.module}.py"

    def test_file(self, section: Section) -> Path:
        return self.tests / f"test_{section.module}.py"

    def support_file(self, section: Section) -> Path:
        """Course code that runs beside the student's, in the worker: nets, loaders, optimiser steps."""
        return self.tests / "support" / f"{section.module}.py"

    # -- training tasks: checks that are run only when asked for

    @property
    def training(self) -> Path:
        return self.tests / "train"

    def training_file(self, section: Section) -> Path:
        return self.training / f"test_train_{section.module}.py"

    def training_support(self, section: Section) -> tuple[Path, ...]:
        """Course code for the worker that trains, the section's own last: nets, data sets, training loops.

        Its name differs from the quick checks' support: the reference's one process loads both.
        """
        folder = self.training / "support"
        return tuple(p for p in (folder / "common.py", folder / f"train_{section.module}.py") if p.is_file())

    # -- data for student code that looks for it where a book does (grader.scenery)

    @property
    def served_file(self) -> Path:
        return self.training / "served.py"

    @property
    def served_support(self) -> Path:
        return self.training / "support" / "served.py"

    def served(self) -> ModuleType:
        """The module that draws it, imported (trusted code)."""
        return _import(self.served_file, "served")

    def reference(self, section: Section) -> ModuleType:
        """The section's reference solution, imported (trusted code). Modules may import each other."""
        if not self.reference_file(section).is_file():
            raise CourseError(
                f"{self.reference_file(section)}: missing; every section of rubric.yaml needs its reference module"
            )
        return _import(self.reference_file(section), section.module)


def _import(path: Path, name: str) -> ModuleType:
    if not path.is_file():
        raise CourseError(f"{path}: missing")
    folder = str(path.parent)
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CourseError(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    if folder not in sys.path:
        sys.path.append(folder)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as e:
        del sys.modules[name]
        raise CourseError(f"{path}: fails on import: {type(e).__name__}: {e}") from e
    return module


def find_course(chosen: Path | None = None) -> Course:
    """The course to grade by: `chosen`, else the one in the installed package, else the repository's."""
    if chosen is not None:
        if chosen.is_file():
            return Course(opened(chosen))
        if not (chosen / "rubric.yaml").is_file():
            raise CourseError(
                f"{chosen}: no rubric.yaml there; --course wants the folder of a course, or a sealed one (.zip)"
            )
        return Course(chosen.resolve())
    package = Path(__file__).resolve().parent
    for root in (package / "course", package.parent):
        if (root / "rubric.yaml").is_file():
            return Course(root)
    raise CourseError("no course is installed with this package; name one with --course DIR")
