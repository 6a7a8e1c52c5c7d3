"""What a training task came to, as lines of text: metrics against thresholds, curves as small block charts."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from grader.model import Curve, Metric, Training
from grader.report.plain import printable
from grader.report.texts import words

BARS = "▁▂▃▄▅▆▇█"
WIDTH = 24


def lines(training: Training, language: str) -> Iterator[tuple[str, Text]]:
    """(label, text) rows for the report of one outcome."""
    _ = words(language).gettext
    yield _("trained"), Text(_setting(training, language))
    for number, run in enumerate(training.runs):
        label = _("measured") if number == 0 else _("and again")
        yield label, Text(", ").join(_metric(m) for m in run.metrics)
    figures = dict.fromkeys(c.figure for c in training.curves)
    for figure in figures:
        curves = [c for c in training.curves if c.figure == figure]
        low, high = min(min(c.values) for c in curves), max(max(c.values) for c in curves)
        for number, curve in enumerate(curves):
            yield printable(figure) if number == 0 else "", _curve(curve, low, high, language)


def _setting(training: Training, language: str) -> str:
    _ = words(language).gettext
    on_cpu = training.device == "cpu"
    seconds = sum(run.cpu_seconds if on_cpu else run.seconds for run in training.runs)
    memory = f", {training.peak_memory >> 20} MB" if training.peak_memory else ""
    pictures = _("drawn pictures") if training.data == "course" else printable(training.data)
    pattern = (
        _("{size} size on {device}, {pictures}, {seconds} s of CPU time")
        if on_cpu
        else _("{size} size on {device}, {pictures}, {seconds} s")
    )
    said = pattern.format(
        size=training.size, device=training.device, pictures=pictures, seconds=f"{seconds:.1f}"
    )
    if not training.calibrated:
        memory += "; " + _("its thresholds have not been calibrated")
    return said + memory


def _metric(metric: Metric) -> Text:
    sign, style = "≥" if metric.at_least else "≤", "green" if metric.reached else "red"
    return Text.assemble(
        f"{metric.name} ", (f"{metric.value:.3g}", style), f" ({sign} {metric.threshold:.3g})"
    )


def _curve(curve: Curve, low: float, high: float, language: str) -> Text:
    _ = words(language).gettext
    name = printable(curve.name)
    if curve.claimed:
        name = _("{name} (your own count)").format(name=name)
    ends = f"{curve.values[0]:.3g} → {curve.values[-1]:.3g}"
    return Text.assemble(sparkline(curve.values, low, high), f"  {ends}  ", (name, "dim"))


def sparkline(values: tuple[float, ...], low: float, high: float) -> str:
    """One block a value between `low` and `high`; longer curves are thinned out, their last value stays."""
    if len(values) > WIDTH:
        values = tuple(values[round(i * (len(values) - 1) / (WIDTH - 1))] for i in range(WIDTH))
    span = (high - low) or 1.0
    return "".join(BARS[min(len(BARS) - 1, int((v - low) / span * len(BARS)))] for v in values)
