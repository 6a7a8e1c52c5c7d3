"""Score ⇄ JSON. The form is versioned: `format` changes when a reader would have to. See docs/formats.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from grader.findings import Findings, json_bytes, verdicts_of
from grader.model import (
    Code,
    ItemScore,
    KeyPoint,
    Late,
    Outcome,
    Remark,
    Score,
    Status,
)
from grader.rubric import Rubric
from grader.wire import counterexample_of, training_of

FORMAT = 1
AWAITS_PERSON = "awaits_person"
DIGITS = 4


def as_data(score: Score, rubric: Rubric, *, graded_at: datetime | None = None) -> dict[str, Any]:
    """The whole result of one submission as plain values."""
    data: dict[str, Any] = json.loads(as_json(score, rubric, graded_at=graded_at))
    return data


def as_json(score: Score, rubric: Rubric, *, graded_at: datetime | None = None) -> str:
    found = {e: Findings.of(o for i in items for o in i.outcomes) for e, items in by_exercise(score).items()}
    code = [json_bytes(vars(c)) for c in score.code]
    return as_bytes(score, found, code, rubric, graded_at=graded_at).decode()


def as_bytes(
    score: Score,
    found: Mapping[str, Findings],
    code: Iterable[bytes],
    rubric: Rubric,
    *,
    graded_at: datetime | None = None,
) -> bytes:
    """The whole result of one submission as UTF-8: a line for each check, so that people can read and compare it.

    found  exercise id → what may be told of its checks
    code   the student's definitions, a line of JSON for each; `score` needs neither
    """
    level = min((f.level for f in found.values() if f.level is not None), default=None)
    head = {
        "format": FORMAT,
        "course": rubric.course.id,
        "submission": score.submission,
        **({"graded_at": graded_at.isoformat(timespec="seconds")} if graded_at else {}),
        "points": {
            "confirmed": round(score.confirmed, DIGITS),
            "provisional": round(score.provisional, DIGITS),
            "possible": round(score.possible, DIGITS),
            **({"not_run": round(score.not_run, DIGITS)} if score.not_run else {}),
            **({"deducted": round(score.deducted, DIGITS)} if score.late else {}),
        },
        **({"late": asdict(score.late)} if score.late else {}),
        **({"sandbox_level": level} if level else {}),
    }
    return in_lines(
        head,
        exercises=[_exercise(e, items, found.get(e, Findings())) for e, items in by_exercise(score).items()],
        remarks=[json_bytes(vars(r)) for r in score.remarks],
        code=code,
    )


def by_exercise(score: Score) -> dict[str, list[ItemScore]]:
    found: dict[str, list[ItemScore]] = {}
    for item in score.items:
        found.setdefault(item.exercise, []).append(item)
    return found


def in_lines(head: dict[str, Any], **lists: Iterable[bytes]) -> bytes:
    """A JSON object: the fields of `head` in one line, then lists of what is JSON already, a line for each member."""
    fields = [json_bytes(head)[1:-1]]
    for name, members in lists.items():
        fields.append(json_bytes(name) + b": [" + b",".join(b"\n  " + m for m in members) + b"]")
    return b"{" + b",\n ".join(fields) + b"}\n"


def from_data(data: dict[str, Any]) -> Score:
    """The score that `as_data` wrote. `data` has been checked against the schema (`grader.report.stored`)."""
    return Score(
        data["submission"],
        tuple(_read_item(e["id"], i) for e in data["exercises"] for i in e["items"]),
        tuple(Remark(**r) for r in data["remarks"]),
        tuple(Code(**c) for c in data.get("code", ())),
        Late(**data["late"]) if "late" in data else None,
    )


# ---------------------------------------------------------------- writing


def _exercise(id: str, items: list[ItemScore], found: Findings) -> bytes:
    shape = tuple(
        (i.item, i.status, i.earned, i.suggested, i.possible, i.key_points, i.answer) for i in items
    )
    frame = _frame.__wrapped__ if any(i.answer for i in items) else _frame  # an answer is nobody else's
    head, pieces, end = frame(id, shape, found.verdicts)
    checks = found.checks.replace(b"\n", b",\n    ").split(b",\n    ,\n    ")
    text = [head, json_bytes(round(found.seconds, 3))]
    for piece, number in pieces:
        text += (piece, checks[number])
    return b"".join([*text, end])


@lru_cache(maxsize=10_000)
def _frame(
    id: str,
    items: tuple[tuple[str, Status | None, float, float, float, tuple[KeyPoint, ...], str], ...],
    verdicts: str,
) -> tuple[bytes, list[tuple[bytes, int]], bytes]:
    """What stands around the checks of an exercise: in a class few of them differ.

    Its beginning, up to the seconds; pieces, each with the number of the checks that follow it; the end.
    """
    order = {item: number for number, item in enumerate(verdicts_of(verdicts))}
    head = {
        "id": id,
        "earned": round(sum(i[2] for i in items), DIGITS),
        "suggested": round(sum(i[3] for i in items), DIGITS),
        "possible": round(sum(i[4] for i in items if i[1] is not Status.NOT_RUN), DIGITS),
    }
    pieces, text, between = [], b', "items": [', b"\n   "
    for item, status, earned, suggested, possible, points, answer in items:
        own = {
            "id": item,
            "status": status.value if status else AWAITS_PERSON,
            "earned": round(earned, DIGITS),
            "suggested": round(suggested, DIGITS),
            "possible": possible,
        }
        text += between + json_bytes(own)[:-1] + b', "checks": ['
        if item in order:
            pieces.append((text + b"\n    ", order[item]))
            text = b""
        text += b"]" + _words(points, answer) + b"}"
        between = b",\n   "
    return json_bytes(head)[:-1] + b', "seconds": ', pieces, text + b"]}"


def _words(points: tuple[KeyPoint, ...], answer: str) -> bytes:
    """What an item that asks for words has besides."""
    found = b', "key_points": ' + json_bytes([vars(p) for p in points]) if points else b""
    return found + b', "answer": ' + json_bytes(answer) if answer else found


# ---------------------------------------------------------------- reading


def _read_item(exercise: str, data: dict[str, Any]) -> ItemScore:
    status = None if data["status"] == AWAITS_PERSON else Status(data["status"])
    return ItemScore(
        exercise,
        data["id"],
        status,
        data["earned"],
        data["suggested"],
        data["possible"],
        tuple(_read_outcomes(exercise, data["id"], data["checks"])),
        tuple(KeyPoint(**p) for p in data.get("key_points", ())),
        data.get("answer", ""),
    )


def _read_outcomes(exercise: str, item: str, checks: list[dict[str, Any]]) -> Iterable[Outcome]:
    for check in checks:
        found = dict(check)
        example, training = found.pop("counterexample", None), found.pop("training", None)
        yield Outcome(
            found.pop("check"),
            exercise,
            item,
            Status(found.pop("status")),
            trace=tuple(found.pop("trace", ())),
            counterexample=counterexample_of(example) if example else None,
            training=training_of(training) if training else None,
            **found,
        )
