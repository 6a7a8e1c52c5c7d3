"""The gradebook: what goes in comes out, one transaction a submission, and old files are brought up to date."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres import new_database, server
from sqlalchemy import create_engine
from test_batch import RIGHT, WRONG, batch, contents, examined

from grader.errors import UsageError
from grader.findings import Findings
from grader.gradebook import Examination, Gradebook, Reading, Received, Run, store
from grader.gradebook.schema import HEAD
from grader.gradebook.tables import Base
from grader.model import Counterexample, Outcome, Remark, Status
from grader.wire import outcome_data

ADA = Received("ada", "Ada Lovelace", "class/ada", late=True, attempt=2, submitted_at="2026-01-01")
FAILED = Outcome(
    "total_of_a_vector", "1.1.1", "total", Status.FAILED, "total adds up.", "got 1, wanted 2", "Add.", "",
    Counterexample("total", (("1", {"kind": "tensor", "values": [1.0]}),), 1, 2), ("a.py:1 in total",), "out", 0.25,
)  # fmt: skip
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PASSED = Outcome("mean", "1.1.1", "mean", Status.PASSED, "mean divides.", seconds=0.5)


def examination(key: str = "k" * 64, *outcomes: Outcome) -> Examination:
    return Examination.of(key, "1.1.1", outcomes or (FAILED, PASSED))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.sqlite"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def book(request: pytest.FixtureRequest, path: Path):
    place = path if request.param == "sqlite" else new_database(request.getfixturevalue("postgres"))
    book = Gradebook.at(place)
    yield book
    book.close()


def record(book: Gradebook, *examinations: Examination, run: Run | None = None, **changes: object) -> None:
    book.record("c", ADA, "f" * 64, graded_at=NOW, examined=[(run or Run(), examinations)], **changes)


def test_an_examination_comes_out_as_it_went_in(book: Gradebook) -> None:
    run = Run((Remark("cell 1", "left out"),), {"a.ipynb": b"{}" * 1000})
    record(book, examination(), run=run)
    found = book.examinations(["k" * 64, "unknown"])
    assert list(found) == ["k" * 64]
    assert found["k" * 64].outcomes == (FAILED, PASSED)
    assert found["k" * 64].run.remarks == run.remarks
    assert book.executed(["k" * 64]) == run.executed
    (recorded,) = book.recorded("c").values()
    assert (recorded.received, recorded.graded_at) == (ADA, NOW)
    assert recorded.keys == {"1.1.1": "k" * 64}
    assert book.recorded("another course") == {}


def test_a_reading_comes_out_as_it_went_in(book: Gradebook) -> None:
    reading = Reading(
        {"1.1.1": "d"},
        {"1.1.1": "没有定义"},
        (Remark("a.py", "odd"),),
        "",
        {"f": '{"function": "f"}'},
        {"1.1.1": "m"},
    )
    book.keep_reading("f", "r", reading)
    book.keep_reading("f", "r", reading)
    assert book.readings(["f", "g"], "r") == {"f": reading}
    assert book.readings(["f"], "another reader") == {}


def test_another_batch_may_have_found_the_same_a_moment_ago(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(book, examination("k" * 64, PASSED))
    with monkeypatch.context() as patched:
        patched.setattr(store, "_examinations", lambda connection, keys: {})  # it looked before that
        bo = replace(ADA, student="bo")
        book.record("c", bo, "g" * 64, graded_at=NOW, examined=[(Run(), [examination("k" * 64, PASSED)])])
    assert {r.received.student: r.keys for r in book.recorded("c").values()} == {
        "ada": {"1.1.1": "k" * 64},
        "bo": {"1.1.1": "k" * 64},
    }


def test_a_submission_of_the_same_files_is_written_over(book: Gradebook) -> None:
    record(book, examination())
    record(book, reused={"1.1.1": "k" * 64})
    (recorded,) = book.recorded("c").values()
    assert recorded.keys == {"1.1.1": "k" * 64}
    book.record("c", replace(ADA, attempt=3), "g" * 64, graded_at=NOW, problem="not a notebook")
    assert [(r.received.attempt, r.problem) for r in book.recorded("c").values()] == [
        (2, ""),
        (3, "not a notebook"),
    ]


@pytest.mark.parametrize("status", [Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.FLAKY])
def test_an_uncertain_outcome_is_settled_when_two_runs_agree(book: Gradebook, status: Status) -> None:
    slow = examination("k" * 64, replace(FAILED, status=status))
    record(book, slow)
    assert not book.examinations(["k" * 64])["k" * 64].settled
    record(book, examination("k" * 64, PASSED))
    assert book.examinations(["k" * 64])["k" * 64].outcomes == (PASSED,)
    record(book, slow)
    record(book, slow)
    found = book.examinations(["k" * 64])["k" * 64]
    assert (found.settled, found.runs, len(found.outcomes)) == (True, 4, 1)


def test_a_fault_of_ours_is_never_settled(book: Gradebook) -> None:
    for _ in range(3):
        record(book, examination("k" * 64, replace(FAILED, status=Status.GRADER_ERROR)))
    assert not book.examinations(["k" * 64])["k" * 64].settled


def test_text_that_is_no_unicode_survives(book: Gradebook) -> None:
    record(book, examination("k" * 64, replace(FAILED, message="\ud800 \x00")))
    assert book.examinations(["k" * 64])["k" * 64].outcomes[0].message == "\ud800 \x00"


def test_half_a_submission_is_never_written(book: Gradebook, path: Path) -> None:
    with pytest.raises(KeyError):
        record(book, examination(), reused={"1.1.2": "never examined"})
    assert book.recorded("c") == {}
    assert book.examinations(["k" * 64]) == {}


def test_foreign_keys_and_the_journal(path: Path) -> None:
    book = Gradebook.at(path)
    with book._transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    book.close()


# -- schema


def test_the_migrations_make_just_these_tables(book: Gradebook) -> None:
    with book._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "grader.gradebook:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def of_revision_1(path: Path) -> None:
    """A gradebook as it was when each outcome had a row."""
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", "grader.gradebook:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            'INSERT INTO run VALUES (1, \'[["cell 1", "left out"]]\')',
            "INSERT INTO examination VALUES (1, 'k', '1.1.1', 1, 1, 2, '2026-01-01 00:00:00')",
            "INSERT INTO examination VALUES (2, 'empty', '1.1.2', 1, 0, 1, '2026-01-01 00:00:00')",
            "INSERT INTO student VALUES (1, 'c', 'ada', 'Ada')",
            "INSERT INTO submission VALUES (1, 1, 'f', 'class/ada', NULL, NULL, '', '2026-01-01 00:00:00', '')",
            "INSERT INTO graded VALUES (1, '1.1.1', 1)",
        ):
            connection.exec_driver_sql(statement)
        for position, outcome in enumerate((FAILED, PASSED, replace(FAILED, message="\ud800 \x00", level=2))):
            detail = outcome_data(outcome)
            row = [detail.pop(name) for name in ("check", "item", "status", "seconds")]
            connection.exec_driver_sql(
                "INSERT INTO outcome VALUES (1, ?, ?, ?, ?, ?, ?)", (position, *row, json.dumps(detail))
            )
    engine.dispose()


def test_outcomes_of_an_older_grader_stay(path: Path) -> None:
    of_revision_1(path)
    book = Gradebook.at(path)
    found = book.examinations(["k", "empty"])
    assert found["k"].outcomes == (FAILED, replace(FAILED, message="\ud800 \x00", level=2), PASSED)
    assert found["k"].found == Findings.of(found["k"].outcomes)
    assert (found["k"].runs, found["k"].settled, found["empty"].outcomes) == (2, True, ())
    (recorded,) = book.recorded("c").values()
    assert recorded.keys == {"1.1.1": "k"}
    with book._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    book.close()


def test_the_way_back(path: Path) -> None:
    of_revision_1(path)
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM outcome ORDER BY item DESC, position").fetchall()
    Gradebook.at(path).close()
    engine, config = create_engine(f"sqlite:///{path}"), Config()
    config.set_main_option("script_location", "grader.gradebook:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        after = connection.exec_driver_sql("SELECT * FROM outcome ORDER BY position").fetchall()
    engine.dispose()
    assert [(r[0], *r[2:6], json.loads(r[6] or "{}")) for r in after] == [
        (r[0], *r[2:6], json.loads(r[6] or "{}")) for r in before
    ]


@pytest.mark.parametrize("revision", ["", "0001"])
def test_a_migration_that_is_cut_off_leaves_nothing(
    path: Path, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a killed process would: nobody is left to undo anything."""
    if revision:
        of_revision_1(path)
    else:
        sqlite3.connect(path).close()
    upgrade = command.upgrade

    def cut_off(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]
        for kept in path.parent.glob(f"{path.name}*"):
            shutil.copy(kept, path.parent / f"copy-{kept.name}")

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", cut_off)
        Gradebook.at(path).close()
    cut = path.parent / f"copy-{path.name}"
    with closing(sqlite3.connect(cut)) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert ("outcome" in tables) == bool(revision)
    book = Gradebook.at(cut)
    assert len(book.examinations(["k"])) == bool(revision)
    book.close()


def test_a_gradebook_of_a_newer_grader_is_refused(path: Path) -> None:
    Gradebook.at(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="another version of the grader"):
        Gradebook.at(path)
    if sys.platform == "linux":
        assert not any(is_open.resolve() == path for is_open in Path("/proc/self/fd").iterdir())


def test_a_file_that_is_no_gradebook_is_refused(path: Path) -> None:
    path.write_text("hello, I am a text file, and long enough to be looked at by SQLite" * 20)
    with pytest.raises(UsageError, match="cannot be used"):
        Gradebook.at(path)
    with pytest.raises(UsageError, match="wanted a URL"):
        Gradebook.at("oracle of delphi")


# -- PostgreSQL


@pytest.mark.slow
def test_a_class_in_postgresql(postgres: str, tmp_path: Path) -> None:
    """The same results as with a file, nothing examined twice, and a server that is gone is one message."""
    folder = tmp_path / "class"
    for name, source in {"ada": RIGHT, "bo": WRONG}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "s01_sums.py").write_text(source)
    url = new_database(postgres)
    first = batch(folder, tmp_path / "out", "--gradebook", url)
    assert examined(first) == {"ada", "bo"}
    again = batch(folder, tmp_path / "out", "--gradebook", url)
    assert examined(again) == set()
    batch(folder, tmp_path / "file")
    assert contents(tmp_path / "out") == contents(tmp_path / "file")
    gone = batch(folder, tmp_path / "other", "--gradebook", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert gone.returncode == 2
    assert "the gradebook cannot be used" in gone.stderr
