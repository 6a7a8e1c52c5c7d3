"""Score → JSON. The form is versioned: `format` changes when a reader would have to."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from grader.model import ItemScore, Outcome, Score
from grader.rubric import Rubric

FORMAT = 1


def as_data(score: Score, rubric: Rubric) -> dict[str, Any]:
    """The whole result of one submission as plain values."""
    return {
        "format": FORMAT,
        "course": rubric.course.id,
        "submission": score.submission,
        "points": {
            "confirmed": round(score.confirmed, 4),
            "provisional": round(score.provisional, 4),
            "possible": round(score.possible, 4),
        },
        "exercises": [_exercise(e, [i for i in score.items if i.exercise == e]) for e in _ids(score)],
        "remarks": [asdict(r) for r in score.remarks],
    }


def as_json(score: Score, rubric: Rubric) -> str:
    return json.dumps(as_data(score, rubric), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _ids(score: Score) -> list[str]:
    return list(dict.fromkeys(i.exercise for i in score.items))


def _exercise(id: str, items: list[ItemScore]) -> dict[str, Any]:
    return {
        "id": id,
        "earned": round(sum(i.earned for i in items), 4),
        "suggested": round(sum(i.suggested for i in items), 4),
        "possible": round(sum(i.possible for i in items), 4),
        "seconds": round(sum(o.seconds for i in items for o in i.outcomes), 3),
        "items": [_item(i) for i in items],
    }


def _item(item: ItemScore) -> dict[str, Any]:
    return {
        "id": item.item,
        "status": item.status.value if item.status else "awaits_person",
        "earned": round(item.earned, 4),
        "suggested": round(item.suggested, 4),
        "possible": item.possible,
        "checks": [_outcome(o) for o in item.outcomes],
        **({"key_points": [asdict(p) for p in item.key_points]} if item.key_points else {}),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    data = asdict(outcome)
    del data["exercise"], data["item"]
    data["status"] = outcome.status.value
    data["seconds"] = round(outcome.seconds, 4)
    return {k: v for k, v in data.items() if v not in ("", None, ())}
