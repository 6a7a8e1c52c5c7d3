"""Submissions and outcomes as plain JSON values: how they travel between machines and rest in a gradebook.

Fields at their default are left out. What is read back was written by this module, on a trusted machine.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

from grader.model import (
    Cell,
    Counterexample,
    Curve,
    Metric,
    Outcome,
    Picture,
    Remark,
    Status,
    Submission,
    Training,
    TrainingRun,
    Unit,
)


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome without its exercise, which is known where it is kept."""
    data: dict[str, Any] = {"check": outcome.check, "item": outcome.item, "status": outcome.status.value}
    for name in ("sentence", "message", "hint", "convention", "output"):
        if value := getattr(outcome, name):
            data[name] = value
    if outcome.trace:
        data["trace"] = list(outcome.trace)
    if outcome.counterexample is not None:
        data["counterexample"] = asdict(outcome.counterexample)
    if outcome.training is not None:
        data["training"] = asdict(outcome.training)
    if outcome.level is not None:
        data["level"] = outcome.level
    return data | {"seconds": round(outcome.seconds, 4)}


def outcome_of(data: dict[str, Any], exercise: str) -> Outcome:
    found = dict(data)
    found["status"] = Status(found["status"])
    found["trace"] = tuple(found.get("trace", ()))
    if (example := found.get("counterexample")) is not None:
        found["counterexample"] = counterexample_of(example)
    if (training := found.get("training")) is not None:
        found["training"] = training_of(training)
    return Outcome(exercise=exercise, **found)


def counterexample_of(data: dict[str, Any]) -> Counterexample:
    arguments = tuple((name, value) for name, value in data["arguments"])
    return Counterexample(data["function"], arguments, data.get("got"), data.get("wanted"))


def training_of(data: dict[str, Any]) -> Training:
    runs = [{**r, "metrics": tuple(Metric(**m) for m in r["metrics"])} for r in data["runs"]]
    curves = [{**c, "values": tuple(c["values"])} for c in data["curves"]]
    return Training(
        data["size"],
        data["device"],
        data["data"],
        tuple(TrainingRun(**r) for r in runs),
        tuple(Curve(**c) for c in curves),
        tuple(Picture(**p) for p in data["pictures"]),
        data["peak_memory"],
        data.get("calibrated", ""),
    )


def remark_data(remark: Remark) -> list[str]:
    return [remark.where, remark.message]


def submission_data(submission: Submission, *, notebooks: bool) -> dict[str, Any]:
    """`notebooks`: with the files of its notebooks, which only a run of every cell needs."""
    return {
        "name": submission.name,
        "units": [_unit_data(u, notebooks) for u in submission.units],
        "remarks": [remark_data(r) for r in submission.remarks],
    }


def _unit_data(unit: Unit, notebooks: bool) -> dict[str, Any]:
    whole = unit.notebook if notebooks else None
    return {
        "module": unit.module,
        "path": unit.path,
        "cells": [[c.label, c.source, c.exercise] for c in unit.cells],
        "prose": unit.prose,
        "attempted": sorted(unit.attempted),
        "notebook": text_of(whole) if whole is not None else None,
    }


def submission_of(data: dict[str, Any]) -> Submission:
    units = tuple(_unit_of(u) for u in data["units"])
    return Submission(data["name"], units, tuple(Remark(*r) for r in data["remarks"]))


def _unit_of(data: dict[str, Any]) -> Unit:
    notebook = data["notebook"]
    return Unit(
        data["module"],
        data["path"],
        tuple(Cell(*c) for c in data["cells"]),
        data["prose"],
        bytes_of(notebook) if notebook is not None else None,
        frozenset(data["attempted"]),
    )


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


def load(data: bytes) -> Any:
    return json.loads(data)


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def bytes_of(text: str) -> bytes:
    return base64.b64decode(text)
