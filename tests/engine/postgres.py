"""A PostgreSQL server of our own for the tests: in a fresh folder, on a Unix socket, ended with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ELSEWHERE = "GRADE_TEST_POSTGRES"
"""names a server to use instead: postgresql+psycopg://user@host"""


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server, without a database. Skips where there is none."""
    if ELSEWHERE in os.environ:
        yield os.environ[ELSEWHERE]
        return
    pytest.importorskip(
        "psycopg", reason="the driver is not installed: pip install 'd2l-vision-grader[postgres]'"
    )
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or [
        Path(shutil.which("postgres") or "")
    ]
    if not found[-1].is_file():
        pytest.skip(f"no PostgreSQL here: apt-get install postgresql, or {ELSEWHERE}=URL")
    with tempfile.TemporaryDirectory(prefix="grade-pg-") as folder:
        yield from _running(found[-1].parent, Path(folder))


def _running(programs: Path, folder: Path) -> Iterator[str]:
    user: dict[str, int] = {}
    if os.getuid() == 0:  # PostgreSQL refuses to be root
        owner = pwd.getpwnam("nobody")
        user = {"user": owner.pw_uid, "group": owner.pw_gid}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    log = (folder.parent / f"{folder.name}.log").open("wb")
    data = folder / "data"
    options = {"cwd": folder, "stdout": log, "stderr": log, **user}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "grade", "-A", "trust", "--no-sync", "-E", "UTF8"],
        check=True, **options,
    )  # fmt: skip
    process = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"], **options
    )
    try:
        socket = folder / ".s.PGSQL.5432"
        deadline = time.monotonic() + 60
        while (
            not socket.exists()
            or subprocess.run([programs / "pg_isready", "-h", folder], check=False, **options).returncode
        ):
            assert process.poll() is None, Path(log.name).read_text()
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
        yield f"postgresql+psycopg://grade@/?host={folder}"
    finally:
        process.terminate()
        process.wait(30)
        log.close()
        Path(log.name).unlink()


def new_database(url: str) -> str:
    """The URL of a fresh database on a server."""
    from sqlalchemy import create_engine, make_url, text

    name = f"grade_{uuid.uuid4().hex[:12]}"
    at = make_url(url)
    engine = create_engine(at.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return at.set(database=name).render_as_string(hide_password=False)
