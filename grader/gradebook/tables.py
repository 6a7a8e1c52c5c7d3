"""The gradebook's tables. A change here needs a migration in migrations/versions and `HEAD` in schema.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Double,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Digest = String(64)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )


class ReadingRow(Base):
    """What a set of files was read as; `reader` is the digest of what reads them."""

    __tablename__ = "reading"
    id: Mapped[int] = mapped_column(primary_key=True)
    files: Mapped[str] = mapped_column(Digest)
    reader: Mapped[str] = mapped_column(Digest)
    content: Mapped[Any] = mapped_column(JSON(none_as_null=True))
    __table_args__ = (UniqueConstraint("files", "reader"),)


class StudentRow(Base):
    __tablename__ = "student"
    id: Mapped[int] = mapped_column(primary_key=True)
    course: Mapped[str] = mapped_column(Text)
    ident: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("course", "ident"),)


class SubmissionRow(Base):
    """A set of files that a student handed in."""

    __tablename__ = "submission"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"))
    files: Mapped[str] = mapped_column(Digest)
    source: Mapped[str] = mapped_column(Text)
    late: Mapped[bool | None]
    attempt: Mapped[int | None]
    submitted_at: Mapped[str] = mapped_column(Text)
    graded_at: Mapped[datetime] = mapped_column(DateTime)
    """in UTC"""
    problem: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("student_id", "files"),)


class RunRow(Base):
    """One run of a part of a submission."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    remarks: Mapped[Any] = mapped_column(JSON(none_as_null=True))


class ExecutedRow(Base):
    """A notebook as it ran, compressed."""

    __tablename__ = "executed"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    notebook: Mapped[bytes] = mapped_column(LargeBinary)


class ExaminationRow(Base):
    """What came of one exercise. `key` is the digest of everything that decides it.

    verdicts, seconds, level, checks  as in grader.findings
    """

    __tablename__ = "examination"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Digest, unique=True)
    exercise: Mapped[str] = mapped_column(Text)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    settled: Mapped[bool]
    runs: Mapped[int]
    examined_at: Mapped[datetime] = mapped_column(DateTime, server_default=func.now())
    verdicts: Mapped[str] = mapped_column(Text, server_default="[]")
    seconds: Mapped[float] = mapped_column(Double, server_default="0")
    level: Mapped[int | None]
    checks: Mapped[bytes] = mapped_column(LargeBinary, server_default="")


class GradedRow(Base):
    """Which examination stands for an exercise of a submission."""

    __tablename__ = "graded"
    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True
    )
    exercise: Mapped[str] = mapped_column(Text, primary_key=True)
    examination_id: Mapped[int] = mapped_column(ForeignKey("examination.id"), index=True)
