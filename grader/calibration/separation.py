"""How far apart right and wrong variants are: which metric tells which of them, and where a threshold would lie half-way."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from grader.calibration.measure import Measured
from grader.rubric import Threshold
from grader.training import Setting


@dataclass(frozen=True)
class Separation:
    """A metric's values: of all right variants, and of the wrong ones that it tells from them.

    caught     the wrong variants whose values all lie beyond those of the right ones
    suggested  half-way between the worst right and the best caught value; None when it catches nothing
    """

    metric: str
    at_least: bool
    right: tuple[float, float]
    wrong: tuple[float, float] | None
    caught: tuple[str, ...]

    @property
    def suggested(self) -> float | None:
        if self.wrong is None:
            return None
        worst, best = (self.right[0], self.wrong[1]) if self.at_least else (self.right[1], self.wrong[0])
        return (worst + best) / 2

    @property
    def gap(self) -> float:
        if self.wrong is None:
            return 0.0
        return self.right[0] - self.wrong[1] if self.at_least else self.wrong[0] - self.right[1]


def separations(measured: Sequence[Measured], thresholds: Sequence[Threshold]) -> list[Separation]:
    """For each metric: what it catches best. A wrong variant counts for the metric with the widest gap to it."""
    found = {t.metric: _values(measured, t.metric) for t in thresholds}
    right = {metric: [v for m, v in values if m.variant.right] for metric, values in found.items()}
    spread = {m: max(vs) - min(vs) + 1e-9 for m, vs in right.items() if vs}
    owners: dict[str, str] = {}
    for name in dict.fromkeys(m.variant.name for m in measured if not m.variant.right):
        gaps = {
            t.metric: _gap(right[t.metric], [v for m, v in found[t.metric] if m.variant.name == name], t)
            / spread[t.metric]
            for t in thresholds
            if t.metric in spread
        }
        best = max(gaps, key=lambda k: gaps[k], default="")
        if best and gaps[best] > 0:
            owners[name] = best
    return [_separation(t, right.get(t.metric, []), found[t.metric], owners) for t in thresholds]


def _values(measured: Sequence[Measured], metric: str) -> list[tuple[Measured, float]]:
    return [(m, m.values[metric]) for m in measured if metric in m.values]


def _gap(right: list[float], wrong: list[float], threshold: Threshold) -> float:
    if not right or not wrong:
        return 0.0
    return min(right) - max(wrong) if threshold.at_least is not None else min(wrong) - max(right)


def _separation(
    threshold: Threshold, right: list[float], values: list[tuple[Measured, float]], owners: dict[str, str]
) -> Separation:
    caught = tuple(n for n, metric in owners.items() if metric == threshold.metric)
    wrong = [v for m, v in values if m.variant.name in caught]
    return Separation(
        threshold.metric,
        threshold.at_least is not None,
        (min(right), max(right)) if right else (float("nan"), float("nan")),
        (min(wrong), max(wrong)) if wrong else None,
        caught,
    )


def calibration_block(measured: Sequence[Measured], found: Sequence[Separation], setting: Setting) -> str:
    """The `calibrated:` entry of the rubric, as YAML."""
    lines = [
        "calibrated:",
        f"  date: {date.today().isoformat()}",
        f"  torch: {version('torch')}",
        f"  torchvision: {version('torchvision')}",
        f"  device: {setting.device if setting.device != 'cpu' else f'cpu {platform.machine()}'}",
        f"  seeds: {len({m.repetition for m in measured})}",
        f"  variants: {len({m.variant.name for m in measured})}",
        "  spans:",
    ]
    for each in found:
        wrong = f", wrong: [{each.wrong[0]:.3g}, {each.wrong[1]:.3g}]" if each.wrong else ""
        lines.append(f"    {each.metric}: {{right: [{each.right[0]:.3g}, {each.right[1]:.3g}]{wrong}}}")
    return "\n".join(lines)
