"""The folder of results: tables, a file for each student, logs, notebooks as they ran. The gradebook can make it anew."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from grader.errors import UsageError
from grader.exporters.grades import grades_csv, grades_json
from grader.files import write_bytes, write_text
from grader.findings import Findings
from grader.model import ClassResult, StudentResult
from grader.report.data import as_bytes
from grader.report.stored import GRADES, STUDENTS
from grader.rubric import Rubric

LOGS, EXECUTED = "logs", "executed"


class Output:
    """Writes into `folder`, which only one batch at a time may use."""

    def __init__(self, folder: Path, rubric: Rubric, exercises: tuple[str, ...]) -> None:
        self.folder, self._rubric, self._exercises = folder, rubric, exercises
        self._students: list[StudentResult] = []
        self._latest = datetime.fromtimestamp(0, UTC)
        self._lock = -1

    def __enter__(self) -> Output:
        """Raises UsageError when the folder cannot be made or another batch works in it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{self.folder}: another grade batch is at work there; wait for it") from None
        except OSError as e:
            raise UsageError(f"{self.folder}: cannot be written ({e.strerror}); choose another --out") from e
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock >= 0:
            os.close(self._lock)

    def finished(
        self,
        result: StudentResult,
        graded_at: datetime,
        found: Mapping[str, Findings] | None = None,
        code: Iterable[str] = (),
    ) -> None:
        """Write a student's file. Of the score only what the tables need stays in memory.

        found, code  what of checks and of the student's definitions the file shows (grader.report.data)
        """
        self._latest = max(self._latest, graded_at)
        if result.score is None:
            (self.folder / file_of(result.student)).unlink(missing_ok=True)  # of what was handed in earlier
        else:
            lines = (line.encode() for line in code)
            text = as_bytes(result.score, found or {}, lines, self._rubric, graded_at=graded_at)
            _write(self.folder / file_of(result.student), text)
            result = replace(result, score=replace(result.score, remarks=()))
        self._students.append(result)

    def executed(self, student: str, notebooks: Mapping[str, bytes]) -> None:
        """Keep notebooks as they ran."""
        for path, notebook in notebooks.items():
            name = re.sub(r"[^\w.@+-]", "_", path).lstrip(".") or "_"
            _write(self.folder / STUDENTS / file_name(student) / EXECUTED / name, notebook)

    def log(self, student: str, lines: Iterable[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        write_text(self.folder / LOGS / f"{file_name(student)}.log", text, durable=False)

    def tables(self) -> ClassResult:
        """Write the class's tables with every student that is finished."""
        result = ClassResult(self._exercises, tuple(sorted(self._students, key=lambda s: s.student)))
        write_text(self.folder / "grades.csv", grades_csv(result))
        text = grades_json(result, self._rubric, graded_at=self._latest, file=file_of)
        write_text(self.folder / GRADES, text)
        return result


def file_name(student: str) -> str:
    return re.sub(r"[^\w.@+-]", "_", student).lstrip(".") or "_"


def file_of(student: str) -> str:
    """Where a student's result lies, relative to the results' folder."""
    return f"{STUDENTS}/{file_name(student)}.json"


def refuse_alike(students: Iterable[str], where: Path) -> None:
    """Raises UsageError when two students' files would have one name."""
    names = list(students)
    if len({file_name(n) for n in names}) < len(names):
        raise UsageError(f"{where}: two students' names differ only in characters a file name cannot hold")


def _write(path: Path, data: bytes) -> None:
    """What did not change is not written. The gradebook is what must survive a power cut, not these."""
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return
    except OSError:
        pass  # it is not there, or write_bytes says what is wrong
    write_bytes(path, data, durable=False)
