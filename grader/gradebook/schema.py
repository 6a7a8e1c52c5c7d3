"""Brings a database to the form of tables.py, by the migrations that are part of the package."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from grader.errors import UsageError

HEAD = "0002"
"""the newest revision in migrations/versions"""


def bring_up_to_date(connection: Connection, where: str) -> None:
    """Create the tables or migrate them. Raises UsageError for a database that a newer grader has written."""
    if _revision(connection) == HEAD:
        return
    if connection.dialect.name == "sqlite":
        # Its driver begins a transaction with the first row, not with the first table: half a migration would stay.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    # Alembic takes a quarter of a second to import, and most runs need none of it.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "grader.gradebook:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as e:
        raise UsageError(
            f"{where}: written by another version of the grader ({e}); bring the grader up to date, or name another "
            "gradebook with --gradebook"
        ) from e


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
