"""The command: task by task, variant by variant; every row is printed as soon as it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from grader.calibration.measure import Measured, TrainingItem, Variant, measure, variants_of
from grader.calibration.separation import calibration_block, separations
from grader.calibration.tables import problems, result_table, separation_table
from grader.course import Course
from grader.errors import UsageError
from grader.launch import Launcher, new_launcher
from grader.training import Setting

WIDTH = 170
"""of the tables in a file or a pipe"""


def run_all(
    course: Course,
    items: Sequence[TrainingItem],
    *,
    seeds: Sequence[int],
    setting: Setting,
    check: bool,
    only: Sequence[str],
    console: Console,
) -> list[str]:
    """Measure every item; print tables, and return what did not go as it must (with `check`)."""
    console = console if console.is_terminal else Console(width=WIDTH, highlight=False)
    launcher = new_launcher()
    wrong: list[str] = []
    try:
        for item in items:
            found = _measured(course, item, seeds, replace(setting, judging=check), only, launcher, console)
            wrong += problems(item.key, found) if check else []
            _show(item, found, setting, check, console)
    finally:
        launcher.close()
    for problem in wrong:
        console.print(problem, markup=False, soft_wrap=True)
    if check:
        console.print(
            f"{len(wrong)} problems" if wrong else "every right variant passes, every wrong one fails"
        )
    return wrong


def _measured(
    course: Course,
    item: TrainingItem,
    seeds: Sequence[int],
    setting: Setting,
    only: Sequence[str],
    launcher: Launcher,
    console: Console,
) -> list[Measured]:
    variants = _chosen(variants_of(course, item), only)
    found: list[Measured] = []

    def done(measured: Measured) -> None:
        found.append(measured)
        values = ", ".join(f"{name} {value:.3f}" for name, value in measured.values.items())
        console.print(
            f"{item.key} seed {measured.repetition} {measured.variant.name}: "
            f"{measured.outcome.status} {values or measured.outcome.message[:160]} ({measured.seconds:.1f} s)",
            markup=False,
            soft_wrap=True,
            style="dim",
        )

    measure(course, item, variants, repetitions=seeds, setting=setting, done=done, launcher=launcher)
    return found


def _chosen(variants: list[Variant], only: Sequence[str]) -> list[Variant]:
    unknown = set(only) - {v.name for v in variants}
    if unknown:
        known = ", ".join(v.name for v in variants)
        raise UsageError(f"--only {min(unknown)}: no such variant; there are {known}")
    return [v for v in variants if not only or v.name in only]


def _show(
    item: TrainingItem, found: Sequence[Measured], setting: Setting, check: bool, console: Console
) -> None:
    thresholds = item.thresholds(setting)
    console.print(result_table(f"{item.key}  {item.item.title.en}", found, thresholds, judged=check))
    if check:
        return
    apart = separations(found, thresholds)
    console.print(separation_table(apart))
    console.print(calibration_block(found, apart, setting), markup=False, highlight=False)
