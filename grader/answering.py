"""A warm grader behind a pipe, for notebooks: one JSON line in, one JSON line out.

It is a process of its own, because a kernel is the student's: the reference, pytest and our settings have no business in
it. Requests: {"path": …, "exercises": […]}. Replies: {"result": …} in the form of `grade --json`, or {"error": …, "kind": …}.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from grader.course import find_course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import UsageError
from grader.known import KnownChecks
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.report.data import as_data
from grader.rubric import Exercise, Item, Section
from grader.scoring import score


class _Answering:
    """Requests from `lines`, one task each; answers onto `out`."""

    def __init__(self, course_dir: Path | None, launcher: Launcher, lines: TextIO, out: TextIO) -> None:
        self.course = find_course(course_dir)
        self._launcher, self._lines, self._out = launcher, lines, out
        self._chosen: frozenset[str] | None = None

    def tasks(self) -> Iterator[Task]:
        self._say({"ready": True})
        for line in self._lines:
            try:
                request = json.loads(line)
                self._chosen = self.course.rubric.select(request["exercises"])
                submission = load_submission(Path(request["path"]), self.course.rubric)
            except UsageError as e:
                self._say({"error": str(e), "kind": "usage"})
                continue
            yield worker_task(submission, self._launcher, items=self._items())

    def done(self, found: Examined) -> None:
        rubric = self.course.rubric
        whole = score(rubric, found.submission, found.outcomes, exercises=self._chosen, remarks=found.remarks)
        self._say({"result": as_data(whole, rubric, graded_at=datetime.now(UTC))})

    def _items(self) -> frozenset[tuple[str, str]] | None:
        if self._chosen is None:
            return None
        rows: Iterator[tuple[Section, Exercise, Item]] = self.course.rubric.rows()
        return frozenset((e.id, i.id) for _, e, i in rows if e.id in self._chosen)

    def _say(self, reply: dict[str, Any]) -> None:
        self._out.write(json.dumps(reply) + "\n")
        self._out.flush()


def main() -> None:
    """Answer until the pipe is closed. What anything prints goes to stderr, so that the pipe stays clean."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    course_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    launcher = new_launcher()
    try:
        answering = _Answering(course_dir, launcher, sys.stdin, out)
        Examiner(answering.course, known=KnownChecks(answering.course)).examine(
            answering.tasks(), answering.done
        )
    except UsageError as e:
        out.write(json.dumps({"error": str(e), "kind": "usage"}) + "\n")
    finally:
        launcher.close()
        out.close()


if __name__ == "__main__":
    main()
