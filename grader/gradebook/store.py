"""Reading and writing the gradebook. One submission is one transaction: a process that is killed leaves no half of it."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from grader.errors import UsageError
from grader.findings import Findings
from grader.gradebook.records import Examination, Reading, Received, Run, is_settled
from grader.gradebook.schema import bring_up_to_date
from grader.gradebook.tables import (
    ExaminationRow,
    ExecutedRow,
    GradedRow,
    ReadingRow,
    RunRow,
    StudentRow,
    SubmissionRow,
)
from grader.model import Remark
from grader.wire import remark_data

CHUNK = 500
"""values in one IN (…)"""


@dataclass(frozen=True)
class Recorded:
    """A submission as the gradebook knows it; `keys` maps exercise → key of the examination that stands for it."""

    received: Received
    files: str
    problem: str
    graded_at: datetime
    keys: Mapping[str, str]


class Gradebook:
    """What was examined and what came of it.

    Every method raises UsageError when the database cannot be used: a full disk, a server that is gone.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine, self._where = engine, where
        try:
            with self._transaction() as connection:
                bring_up_to_date(connection, where)
        except BaseException:
            self.close()
            raise

    @classmethod
    def at(cls, place: str | Path) -> Gradebook:
        """Open or create a gradebook: the path of an SQLite file, or the URL of a database (postgresql+psycopg://…)."""
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
        try:
            url = URL.create("sqlite", database=str(place)) if isinstance(place, Path) else make_url(place)
            engine = create_engine(url)
        except (ArgumentError, NoSuchModuleError, ImportError) as e:
            raise UsageError(
                f"--gradebook {place}: cannot be opened ({e}); wanted a URL such as sqlite:///path or "
                "postgresql+psycopg://user@host/name (with the extra: pip install 'd2l-vision-grader[postgres]')"
            ) from e
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        return cls(engine, str(url))

    def close(self) -> None:
        self._engine.dispose()

    # -- what was read

    def readings(self, files: Collection[str], reader: str) -> dict[str, Reading]:
        """digest of files → what `reader` read them as, where that is known."""
        wanted = [ReadingRow.files, ReadingRow.content]
        with self._transaction() as connection:
            rows = (
                row
                for part in _chunks(files)
                for row in connection.execute(
                    select(*wanted).where(ReadingRow.reader == reader, ReadingRow.files.in_(part))
                )
            )
            return {found: _reading_of(content) for found, content in rows}

    def keep_reading(self, files: str, reader: str, reading: Reading) -> None:
        content = {
            "codes": dict(reading.codes),
            "meanings": dict(reading.meanings),
            "prose": dict(reading.prose),
            "remarks": [remark_data(r) for r in reading.remarks],
            "problem": reading.problem,
            "code": dict(reading.code),
        }
        with self._transaction() as connection:
            known = select(ReadingRow.id).where(ReadingRow.files == files, ReadingRow.reader == reader)
            if connection.execute(known).first() is None:
                connection.execute(insert(ReadingRow).values(files=files, reader=reader, content=content))

    # -- what was examined

    def examinations(self, keys: Collection[str]) -> dict[str, Examination]:
        """key → examination, for the keys that are known; whoever asks looks at `settled`."""
        with self._transaction() as connection:
            found: dict[str, Examination] = {}
            for part in _chunks(keys):
                found |= _examinations(connection, part)
            return found

    def executed(self, keys: Collection[str]) -> dict[str, bytes]:
        """Path → notebook as it ran, for the runs behind these examinations."""
        wanted = select(ExecutedRow.path, ExecutedRow.notebook).join(
            ExaminationRow, ExaminationRow.run_id == ExecutedRow.run_id
        )
        with self._transaction() as connection:
            return {
                path: zlib.decompress(data)
                for part in _chunks(keys)
                for path, data in connection.execute(wanted.where(ExaminationRow.key.in_(part)))
            }

    # -- who handed in what

    def recorded(self, course: str) -> dict[tuple[str, str], Recorded]:
        """(student, digest of files) → the submission and what stands for its exercises."""
        with self._transaction() as connection:
            keys: dict[int, dict[str, str]] = defaultdict(dict)
            graded = (
                select(GradedRow.submission_id, GradedRow.exercise, ExaminationRow.key)
                .join(ExaminationRow, ExaminationRow.id == GradedRow.examination_id)
                .join(SubmissionRow, SubmissionRow.id == GradedRow.submission_id)
                .join(StudentRow, StudentRow.id == SubmissionRow.student_id)
                .where(StudentRow.course == course)
            )
            for id, exercise, key in connection.execute(graded):
                keys[id][exercise] = key
            s = SubmissionRow
            rows = connection.execute(
                select(
                    s.id, StudentRow.ident, StudentRow.name, s.source, s.late, s.attempt, s.submitted_at, s.files,
                    s.problem,
                    s.graded_at,
                ).join(StudentRow, StudentRow.id == s.student_id).where(StudentRow.course == course)
            )  # fmt: skip
            return {
                (r.ident, r.files): Recorded(
                    Received(r.ident, r.name, r.source, r.late, r.attempt, r.submitted_at),
                    r.files,
                    r.problem,
                    r.graded_at.replace(tzinfo=UTC),
                    keys[r.id],
                )
                for r in rows
            }

    def record(
        self,
        course: str,
        received: Received,
        files: str,
        *,
        graded_at: datetime,
        problem: str = "",
        reused: Mapping[str, str] | None = None,
        examined: Iterable[tuple[Run, Sequence[Examination]]] = (),
    ) -> None:
        """Write down a submission, what was examined of it now, and which earlier examinations stand for the rest.

        reused  exercise → key
        """
        with self._transaction() as connection:
            submission = _submission_id(connection, course, received, files, problem, graded_at)
            keys = dict(reused or {})
            for run, found in examined:
                keys |= {examination.exercise: examination.key for examination in found}
                _write_examinations(connection, _insert_run(connection, run), found)
            known = _ids(connection, keys.values())
            stands = {e: known[k] for e, k in keys.items()}
            earlier = delete(GradedRow).where(
                GradedRow.submission_id == submission, GradedRow.exercise.in_(stands)
            )
            connection.execute(earlier)
            rows = [
                {"submission_id": submission, "exercise": e, "examination_id": i} for e, i in stands.items()
            ]
            if rows:
                connection.execute(insert(GradedRow), rows)

    # -- inside

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as e:
            raise UsageError(
                f"{self._where}: the gradebook cannot be used ({e.orig}); what is in it stays. Make room or mend the "
                "connection, then run the same command again"
            ) from e


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """WAL: a killed process loses no finished transaction, and readers do not wait for the writer."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    found = list(dict.fromkeys(values))
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]


# ---------------------------------------------------------------- rows → values


def _reading_of(content: dict[str, Any]) -> Reading:
    remarks = tuple(Remark(*r) for r in content["remarks"])
    return Reading(
        content["codes"],
        content["prose"],
        remarks,
        content["problem"],
        content["code"],
        content["meanings"],
    )


def _examinations(connection: Connection, keys: list[str]) -> dict[str, Examination]:
    e = ExaminationRow
    rows = connection.execute(
        select(e.key, e.exercise, e.verdicts, e.seconds, e.level, e.checks, e.settled, e.runs, RunRow.remarks)
        .join(RunRow, RunRow.id == e.run_id)
        .where(e.key.in_(keys))
    )
    return {
        key: Examination(
            key,
            exercise,
            Findings(verdicts, seconds, level, checks),
            Run(tuple(Remark(*r) for r in remarks)),
            settled,
            runs,
        )
        for key, exercise, verdicts, seconds, level, checks, settled, runs, remarks in rows
    }


# ---------------------------------------------------------------- values → rows


def _submission_id(
    connection: Connection, course: str, received: Received, files: str, problem: str, graded_at: datetime
) -> int:
    student = _student_id(connection, course, received)
    facts = {
        "source": received.source,
        "late": received.late,
        "attempt": received.attempt,
        "submitted_at": received.submitted_at,
        "problem": problem,
        "graded_at": graded_at.astimezone(UTC).replace(tzinfo=None),
    }
    s = SubmissionRow
    found = connection.execute(select(s.id).where(s.student_id == student, s.files == files)).scalar()
    if found is None:
        return _inserted(connection, insert(s).values(student_id=student, files=files, **facts))
    connection.execute(update(s).where(s.id == found).values(**facts))
    return found


def _student_id(connection: Connection, course: str, received: Received) -> int:
    s = StudentRow
    row = connection.execute(
        select(s.id, s.name).where(s.course == course, s.ident == received.student)
    ).first()
    if row is None:
        return _inserted(
            connection, insert(s).values(course=course, ident=received.student, name=received.name)
        )
    if row.name != received.name:
        connection.execute(update(s).where(s.id == row.id).values(name=received.name))
    return int(row.id)


def _insert_run(connection: Connection, run: Run) -> int:
    id = _inserted(connection, insert(RunRow).values(remarks=[remark_data(r) for r in run.remarks]))
    for path, notebook in run.executed.items():
        connection.execute(
            insert(ExecutedRow).values(run_id=id, path=path, notebook=zlib.compress(notebook, 6))
        )
    return id


def _write_examinations(connection: Connection, run_id: int, found: Sequence[Examination]) -> None:
    """Insert, or replace the outcomes of an examination that is repeated."""
    e = ExaminationRow
    known = _examinations(connection, [now.key for now in found])
    new = []
    for now in found:
        before = known.get(now.key)
        facts = {
            "run_id": run_id,
            **vars(now.found),
            "settled": is_settled(now, before),
            "runs": before.runs + 1 if before else 1,
        }
        if before is None:
            new.append({"key": now.key, "exercise": now.exercise, **facts})
        else:
            again = update(e).where(e.key == now.key).values(examined_at=func.now(), **facts)
            connection.execute(again)
    if new:
        connection.execute(_unless_there(connection), new)


def _unless_there(connection: Connection) -> Any:
    """Another batch on the same gradebook may have examined code of the same meaning a moment ago: that is as true."""
    match connection.dialect.name:
        case "sqlite":
            return sqlite.insert(ExaminationRow).on_conflict_do_nothing()
        case "postgresql":
            return postgresql.insert(ExaminationRow).on_conflict_do_nothing()
    return insert(ExaminationRow)


def _ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    wanted = select(ExaminationRow.key, ExaminationRow.id)
    return {
        key: id
        for part in _chunks(keys)
        for key, id in connection.execute(wanted.where(ExaminationRow.key.in_(part)))
    }


def _inserted(connection: Connection, statement: Any) -> int:
    key = connection.execute(statement).inserted_primary_key
    assert key is not None  # every table that is inserted this way has a single generated key
    return int(key[0])
