"""Score ⇄ JSON. The form is versioned: `format` changes when a reader would have to. See docs/formats.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

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
    return {
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
        **({"sandbox_level": score.sandbox_level} if score.sandbox_level else {}),
        "exercises": [_exercise(e, [i for i in score.items if i.exercise == e]) for e in _ids(score)],
        "remarks": [dict(vars(r)) for r in score.remarks],
        "code": [dict(vars(c)) for c in score.code],
    }


def as_json(score: Score, rubric: Rubric, *, graded_at: datetime | None = None) -> str:
    return dumps(as_data(score, rubric, graded_at=graded_at))


def dumps(data: Any) -> str:
    """JSON as every file of ours is written: readable, UTF-8, without NaN."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


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


def _ids(score: Score) -> list[str]:
    return list(dict.fromkeys(i.exercise for i in score.items))


def _exercise(id: str, items: list[ItemScore]) -> dict[str, Any]:
    return {
        "id": id,
        "earned": round(sum(i.earned for i in items), DIGITS),
        "suggested": round(sum(i.suggested for i in items), DIGITS),
        "possible": round(sum(i.possible for i in items if i.status is not Status.NOT_RUN), DIGITS),
        "seconds": round(sum(round(o.seconds, 4) for i in items for o in i.outcomes), 3),
        "items": [_item(i) for i in items],
    }


def _item(item: ItemScore) -> dict[str, Any]:
    return {
        "id": item.item,
        "status": item.status.value if item.status else AWAITS_PERSON,
        "earned": round(item.earned, DIGITS),
        "suggested": round(item.suggested, DIGITS),
        "possible": item.possible,
        "checks": [_outcome(o) for o in item.outcomes],
        **({"key_points": [asdict(p) for p in item.key_points]} if item.key_points else {}),
        **({"answer": item.answer} if item.answer else {}),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    data = dict(vars(outcome))  # asdict copies every value of every counterexample
    del data["exercise"], data["item"]
    for nested in ("counterexample", "training"):
        data[nested] = data[nested] and asdict(data[nested])
    data["status"] = outcome.status.value
    data["seconds"] = round(outcome.seconds, 4)
    return {k: v for k, v in data.items() if v not in ("", None, ())}


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
