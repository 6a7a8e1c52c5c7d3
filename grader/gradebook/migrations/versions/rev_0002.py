"""An exercise's outcomes in one row: a class is read again and again, and was read check by check."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CHUNK = 500
EXAMINATION = sa.table(
    "examination",
    *map(sa.column, ("id", "verdicts", "seconds", "level")),
    sa.column("checks", sa.LargeBinary),
)
OUTCOME = sa.table(
    "outcome",
    *map(sa.column, ("examination_id", "position", "check", "item", "status", "seconds")),
    sa.column("detail", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    for column in (
        sa.Column("verdicts", sa.Text(), server_default="[]", nullable=False),
        sa.Column("seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("checks", sa.LargeBinary(), server_default="", nullable=False),
    ):
        op.add_column("examination", column)
    connection = op.get_bind()
    ids = list(connection.execute(sa.select(EXAMINATION.c.id).order_by(EXAMINATION.c.id)).scalars())
    for start in range(0, len(ids), CHUNK):
        _gather(connection, ids[start : start + CHUNK])
    op.drop_table("outcome")


def _gather(connection: sa.Connection, ids: list[int]) -> None:
    wanted = (
        sa.select(OUTCOME)
        .where(OUTCOME.c.examination_id.in_(ids))
        .order_by(OUTCOME.c.examination_id, OUTCOME.c.position)
    )
    by_item: dict[int, dict[str, list[sa.RowMapping]]] = {id: {} for id in ids}
    for row in connection.execute(wanted).mappings():
        by_item[row["examination_id"]].setdefault(row["item"], []).append(row)
    for id, found in by_item.items():
        levels = [(r["detail"] or {}).get("level") for rows in found.values() for r in rows]
        values = {
            "verdicts": json.dumps(
                [_verdict(item, rows) for item, rows in found.items()], ensure_ascii=False
            ),
            "seconds": sum((r["seconds"] for rows in found.values() for r in rows), 0.0),
            "level": min((v for v in levels if v is not None), default=None),
            "checks": b"\n\n".join(b"\n".join(map(_line, rows)) for rows in found.values()),
        }
        connection.execute(sa.update(EXAMINATION).where(EXAMINATION.c.id == id).values(values))


def _verdict(item: str, rows: list[sa.RowMapping]) -> list[object]:
    bad = [row["status"] for row in rows if row["status"] != "passed"]
    status = next((s for s in bad if s != "not_run"), "not_run" if bad else "passed")
    return [item, status, any((row["detail"] or {}).get("convention") for row in rows)]


def _line(row: sa.RowMapping) -> bytes:
    data = {
        "check": row["check"],
        "status": row["status"],
        **(row["detail"] or {}),
        "seconds": row["seconds"],
    }
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace")


def downgrade() -> None:
    op.create_table(
        "outcome",
        sa.Column("examination_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["examination_id"], ["examination.id"], name=op.f("fk_outcome_examination_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("examination_id", "position", name=op.f("pk_outcome")),
    )
    connection = op.get_bind()
    for id, verdicts, checks in connection.execute(
        sa.select(EXAMINATION.c.id, EXAMINATION.c.verdicts, EXAMINATION.c.checks)
    ).all():
        found = [
            (verdict[0], line)
            for verdict, part in zip(json.loads(verdicts), checks.split(b"\n\n"), strict=False)
            for line in part.split(b"\n")
        ]
        for position, (item, line) in enumerate(found):
            data = json.loads(line)
            own = {name: data.pop(name) for name in ("check", "status", "seconds")}
            row = {"examination_id": id, "position": position, "item": item, "detail": data or None, **own}
            connection.execute(sa.insert(OUTCOME), row)
    for column in ("verdicts", "seconds", "level", "checks"):
        op.drop_column("examination", column)
