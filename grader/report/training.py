"""What a training task came to, as lines of text: metrics against thresholds, curves as small block charts."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from grader.model import Curve, Metric, Training
from grader.report.plain import printable

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24


def lines(training: Training) -> Iterator[tuple[str, Text]]:
    """(label, text) rows for the report of one outcome."""
    yield "trained", Text(_setting(training))
    for number, run in enumerate(training.runs):
        label = "measured" if number == 0 else "and again"
        yield label, Text(", ").join(_metric(m) for m in run.metrics)
    figures = dict.fromkeys(c.figure for c in training.curves)
    for figure in figures:
        curves = [c for c in training.curves if c.figure == figure]
        low, high = min(min(c.values) for c in curves), max(max(c.values) for c in curves)
        for number, curve in enumerate(curves):
            yield printable(figure) if number == 0 else "", _curve(curve, low, high)


def _setting(training: Training) -> str:
    on_cpu = training.device == "cpu"
    seconds = sum(run.cpu_seconds if on_cpu else run.seconds for run in training.runs)
    memory = f", {training.peak_memory >> 20} MB" if training.peak_memory else ""
    pictures = "drawn pictures" if training.data == "course" else "the real set"
    return f"{training.size} size on {training.device}, {pictures}, {seconds:.1f} s{' of CPU time' if on_cpu else ''}{memory}"


def _metric(metric: Metric) -> Text:
    sign, style = "≥" if metric.at_least else "≤", "green" if metric.reached else "red"
    return Text.assemble(
        f"{metric.name} ", (f"{metric.value:.3g}", style), f" ({sign} {metric.threshold:.3g})"
    )


def _curve(curve: Curve, low: float, high: float) -> Text:
    name = printable(curve.name) + (" (as your code says)" if curve.claimed else "")
    ends = f"{curve.values[0]:.3g} → {curve.values[-1]:.3g}"
    return Text.assemble(sparkline(curve.values, low, high), f"  {ends}  ", (name, "dim"))


def sparkline(values: tuple[float, ...], low: float, high: float) -> str:
    """One block a value between `low` and `high`; longer curves are thinned out, their last value stays."""
    if len(values) > WIDTH:
        values = tuple(values[round(i * (len(values) - 1) / (WIDTH - 1))] for i in range(WIDTH))
    span = (high - low) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int((v - low) / span * len(BARS)))] for v in values)
