"""What the course serves to student code that asks for data as a book does: chosen by what the code mentions, drawn once.

A course says so in tests/exercises/train/served.py (trusted: `SETS`, regular expression → function that draws the files) and
tests/exercises/train/support/served.py (in the worker: `serve(folder)`). What is served has labels the student may see; what
nets are measured on is drawn elsewhere and never leaves the trusted side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property

from grader.course import Course
from grader.errors import CourseError
from grader.model import Scene, Submission


class Scenery:
    """The scenes of a course."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._drawn: dict[str, Mapping[str, bytes]] = {}

    def scene(self, submission: Submission) -> Scene | None:
        """What this code could ask for: every set whose pattern is found in it. None: nothing."""
        if not self._source:
            return None
        texts = [c.source for u in submission.units for c in u.cells]
        texts += [
            u.notebook.decode("utf-8", errors="replace") for u in submission.units if u.notebook is not None
        ]
        asked = [pattern for pattern in self._sets if any(re.search(pattern, text) for text in texts)]
        if not asked:
            return None
        files = {path: data for pattern in asked for path, data in self._draw(pattern).items()}
        return Scene(files, self._source)

    @cached_property
    def _source(self) -> str:
        path = self._course.served_support
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    @cached_property
    def _sets(self) -> Mapping[str, Callable[[], Mapping[str, bytes]]]:
        sets: Mapping[str, Callable[[], Mapping[str, bytes]]] = self._course.served().SETS
        return sets

    def _draw(self, pattern: str) -> Mapping[str, bytes]:
        if pattern not in self._drawn:
            try:
                self._drawn[pattern] = self._sets[pattern]()
            except Exception as e:  # course code
                where = self._course.served_file
                raise CourseError(
                    f"{where}: SETS[{pattern!r}] cannot be drawn: {type(e).__name__}: {e}"
                ) from e
        return self._drawn[pattern]
