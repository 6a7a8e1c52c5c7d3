"""An exercise's outcomes in one row: a class is read again and again, and was read check by check."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

CHUNK = 500
EXAMINATION = sa.table(
    "examination", sa.column("id"), sa.column("items", sa.JSON), sa.column("checks", sa.LargeBinary)
)
OUTCOME = sa.table(
    "outcome",
    *map(sa.column, ("examination_id", "position", "check", "item", "status", "seconds")),
    sa.column("detail", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    op.add_column(
        "examination", sa.Column("items", sa.JSON(none_as_null=True), server_default="[]", nullable=False)
    )
    op.add_column("examination", sa.Column("checks", sa.LargeBinary(), server_default="", nullable=False))
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
        values = {
            "items": [_facts(item, rows) for item, rows in found.items()],
            "checks": b"\n\n".join(b"\n".join(map(_line, rows)) for rows in found.values()),
        }
        connection.execute(sa.update(EXAMINATION).where(EXAMINATION.c.id == id).values(values))


def _facts(item: str, rows: list[sa.RowMapping]) -> list[object]:
    details = [row["detail"] or {} for row in rows]
    bad = [row["status"] for row in rows if row["status"] != "passed"]
    status = next((s for s in bad if s != "not_run"), "not_run" if bad else "passed")
    level = min((d["level"] for d in details if "level" in d), default=None)
    return [item, status, any(d.get("convention") for d in details), sum(r["seconds"] for r in rows), level]


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
    for id, items, checks in connection.execute(sa.select(EXAMINATION)).all():
        found = [
            (facts[0], line)
            for facts, part in zip(items, checks.split(b"\n\n"), strict=False)
            for line in part.split(b"\n")
        ]
        for position, (item, line) in enumerate(found):
            data = json.loads(line)
            own = {name: data.pop(name) for name in ("check", "status", "seconds")}
            row = {"examination_id": id, "position": position, "item": item, "detail": data or None, **own}
            connection.execute(sa.insert(OUTCOME), row)
    for column in ("items", "checks"):
        op.drop_column("examination", column)
