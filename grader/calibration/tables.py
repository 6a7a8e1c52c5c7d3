"""A calibration as tables: task × variant × seeds, and how well each metric tells right from wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from grader.calibration.measure import Measured
from grader.calibration.separation import Separation
from grader.model import Status
from grader.rubric import Threshold


def result_table(
    title: str, measured: Sequence[Measured], thresholds: Sequence[Threshold], *, judged: bool
) -> Table:
    """One row a variant: each metric's mean and range, and with `judged` the verdict of every seed."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("variant", no_wrap=True)
    for threshold in thresholds:
        sign = "≥" if threshold.at_least is not None else "≤"
        table.add_column(f"{threshold.metric} {sign} {threshold.value:g}", justify="right")
    if judged:
        table.add_column("seeds")
    table.add_column("CPU s", justify="right")
    for name in dict.fromkeys(m.variant.name for m in measured):
        table.add_row(*_row([m for m in measured if m.variant.name == name], thresholds, judged))
    return table


def _row(runs: list[Measured], thresholds: Sequence[Threshold], judged: bool) -> list[Text]:
    variant = runs[0].variant
    cells = [Text(variant.name, "green" if variant.right else "yellow")]
    for threshold in thresholds:
        values = [m.values[threshold.metric] for m in runs if threshold.metric in m.values]
        cells.append(
            Text(f"{sum(values) / len(values):.3f} [{min(values):.3f}..{max(values):.3f}]" if values else "–")
        )
    if judged:
        cells.append(Text.assemble(*((_mark(m), "green" if m.as_wanted else "bold red") for m in runs)))
    cells.append(Text(f"{sum(m.seconds for m in runs) / len(runs):.1f}"))
    return cells


def _mark(measured: Measured) -> str:
    twice = measured.outcome.training is not None and len(measured.outcome.training.runs) > 1
    mark = {Status.PASSED: "✓", Status.GRADER_ERROR: "!"}.get(measured.outcome.status, "✗")
    return mark + ("²" if twice else "")


def separation_table(found: Sequence[Separation]) -> Table:
    """One row a metric: the right and the wrong span, the gap between them, and a threshold half-way."""
    table = Table(title="Separation", title_justify="left")
    for name in ("metric", "right", "wrong", "gap", "half-way", "tells apart"):
        table.add_column(name)
    for each in found:
        half = each.suggested
        table.add_row(
            f"{each.metric} {'≥' if each.at_least else '≤'}",
            f"{each.right[0]:.3f} .. {each.right[1]:.3f}",
            f"{each.wrong[0]:.3f} .. {each.wrong[1]:.3f}" if each.wrong else "–",
            f"{each.gap:.3f}",
            f"{half:.3f}" if half is not None else "–",
            ", ".join(each.caught),
        )
    return table


def problems(key: str, measured: Sequence[Measured]) -> list[str]:
    """What did not go as it must, one line each."""
    found = []
    for m in measured:
        said = f"{m.outcome.message} {m.outcome.hint} {m.outcome.sentence}"
        where = f"{key}, {m.variant.name}, seed {m.repetition}"
        if not m.as_wanted:
            wanted = "pass" if m.variant.right else "fail"
            found.append(f"{where}: {m.outcome.status}, wanted it to {wanted}: {m.outcome.message[:300]}")
        elif not m.variant.right and m.variant.says and not re.search(m.variant.says, said, re.IGNORECASE):
            found.append(f"{where}: no message says {m.variant.says!r}; it says: {said[:300]}")
    return found
