"""Training tasks: how they are run, what their checks are given, and how measured numbers become a verdict.

A training check is a plain test with the fixtures `student` and `task`. It draws data, lets the student's code train in the
worker, asks for predictions on held-out inputs, computes its metrics *here*, and ends with `task.judge(…)`.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from grader.checks import fail
from grader.course import Course
from grader.datasets import State, Store
from grader.datasets.store import how_to_get
from grader.errors import CourseError, UsageError
from grader.model import Curve, Metric, Picture, Training, TrainingRun
from grader.rubric import Budget, Threshold

T = TypeVar("T")
MOST_CURVES, MOST_VALUES = 12, 400
MOST_PICTURES, WIDEST = 4, 1600
PATIENCE = 10.0
"""seconds of wall time for each of CPU time: a class trains for hours on machines that have other work, too"""


@dataclass(frozen=True)
class Setting:
    """How training tasks are run.

    size        "cpu": small nets and pictures, seconds on one core; "gpu": the book's own sizes; "auto": these where they
                were calibrated
    device      "cpu", "cuda" or "cuda:1"
    data        "course": drawn pictures; "real": what was fetched into `folder`, for tasks that have such a form
    repetition  calibrations count it up: every number draws other data, weights and orders
    judging     whether thresholds decide; a calibration only measures
    """

    size: str = "cpu"
    device: str = "cpu"
    data: str = "course"
    folder: str = ""
    repetition: int = 0
    judging: bool = True


def setting_for(
    device: str = "auto", size: str = "auto", *, data: str = "course", folder: str = ""
) -> Setting:
    """The setting a user asked for: the GPU where there is one, and the size that suits the device.

    device  "auto", "cpu", "cuda" or "cuda:1"
    folder  where fetched data sets lie

    Raises UsageError for a device that is not there.
    """
    gpus = torch.cuda.device_count()
    if device == "auto":
        device = "cuda" if gpus else "cpu"
    if device != "cpu" and int(device.partition(":")[2] or 0) >= gpus:
        raise UsageError(f"--device {device}: torch sees {gpus} GPUs here; try --device cpu")
    if size == "auto" and device == "cpu":
        size = "cpu"
    return Setting(size, device, data, folder)


def require_sets(course: Course, exercises: frozenset[str] | None, setting: Setting) -> None:
    """Before an hour of work: real data that was asked for must be there. Raises UsageError that says how to get it.

    exercises  ids that are graded; None for all
    """
    if setting.data != "real":
        return
    rules = [
        (exercise.id, item.train.real)
        for _, exercise, item in course.rubric.rows()
        if item.train is not None and item.train.real is not None
    ]
    chosen = [real for id, real in rules if exercises is None or id in exercises]
    if not chosen:
        known = ", ".join(dict.fromkeys(id for id, _ in rules)) or "none"
        raise UsageError(
            f"--data real: nothing that was chosen trains on real data; exercises that do: {known}"
        )
    store = Store(Path(setting.folder))
    wanted = [course.catalogue.named(n) for n in dict.fromkeys(n for real in chosen for n in real.sets)]
    missing = [each for each in wanted if store.state(each) is not State.READY]
    if missing:
        steps = "\n".join(f"{each.name}: {how_to_get(each)}" for each in missing)
        raise UsageError(f"--data real: not here yet (see: grade data list)\n{steps}")


class Task:
    """What a training check knows and fills in.

    task.draw(things, 600, "training")   a drawn set; the same for every student
    task.sets["cifar-10"]               where a real set lies, on real data; the same for every student
    task.pick(cpu=15, gpu=30)            a number that depends on the size
    task.curve(…), task.picture(…)       what the report shows
    task.judge(accuracy=…, loss=…)       the metrics, one for each threshold of the rubric; the last line of a check
    """

    def __init__(
        self,
        check: str,
        budget: Budget,
        setting: Setting,
        secret: str,
        draw: Callable[..., Any],
        sets: Mapping[str, Path] | None = None,
    ) -> None:
        self.sets: Mapping[str, Path] = dict(sets or {})
        """name of a real data set → its folder; empty on the course's own data"""
        self._check, self._budget, self._setting, self._secret, self._draw = (
            check,
            budget,
            setting,
            secret,
            draw,
        )
        self._runs: list[TrainingRun] = []
        self._curves: list[Curve] = []
        self._pictures: list[Picture] = []
        self.undecided = False
        """whether the last run ended near a threshold and asks for another one"""

    # -- for checks

    @property
    def device(self) -> str:
        """Where the worker trains; it sees only the one device it was given."""
        return "cuda" if self._setting.device.startswith("cuda") else "cpu"

    @property
    def here(self) -> str:
        """Where the trusted side computes what a CPU would take too long for: the same GPU, by its name out here."""
        return self._setting.device

    @property
    def data(self) -> str:
        """The names of the real data sets, or "course"."""
        return ", ".join(self.sets) or "course"

    def pick(self, *, cpu: T, gpu: T) -> T:
        """A value that depends on the size of the task."""
        return gpu if self._setting.size == "gpu" else cpu

    def seed(self, purpose: str) -> int:
        """A seed of its own for each purpose, run and repetition; students cannot know it."""
        parts = (self._secret, self._check, self._setting.repetition, len(self._runs), purpose)
        return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:7], "big")

    def draw(self, make: Callable[..., T], count: int, purpose: str, **options: Any) -> T:
        """`make(count, seed, **options)`, made once for all students."""
        made: T = self._draw(make, count, self.seed(purpose), **options)
        return made

    def curve(self, figure: str, name: str, values: Any, *, claimed: bool = False) -> None:
        """A line for the report, one value an epoch. Only the first run's curves are shown."""
        if not self._runs and len(self._curves) < MOST_CURVES:
            numbers = tuple(float(v) for v in list(values)[:MOST_VALUES])
            if all(abs(n) < float("inf") for n in numbers) and numbers:
                self._curves.append(Curve(figure, name, numbers, claimed))

    def picture(self, caption: str, image: Tensor) -> None:
        """A picture for the report: uint8 (3, H, W)."""
        if not self._runs and len(self._pictures) < MOST_PICTURES and max(image.shape[1:]) <= WIDEST:
            pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
            file = io.BytesIO()
            Image.fromarray(pixels).save(file, "PNG", optimize=True)
            png = base64.b64encode(file.getvalue()).decode()
            self._pictures.append(Picture(caption, image.shape[2], image.shape[1], png))

    def judge(self, *, hints: Mapping[str, str] | None = None, **measured: float) -> None:
        """Hold the metrics against their thresholds; the first one that is missed, as the rubric orders them, is told.

        A run that ends near a threshold is undecided: the plugin runs the check once more with other seeds, and
        the means of both runs decide.
        """
        run = TrainingRun(len(self._runs), self._metrics(measured), 0.0, 0.0)
        self._runs.append(run)
        if not self._setting.judging:
            return
        self.undecided = len(self._runs) == 1 and is_near(run.metrics)
        if self.undecided:
            return
        decisive = mean_metrics(self._runs)
        missed = next((m for m in decisive if not m.reached), None)
        if missed is not None:
            fail(_missed(missed, self._runs), hint=(hints or {}).get(missed.name))

    # -- for the plugin

    def took(self, seconds: float, cpu_seconds: float) -> None:
        """How long the run that has just ended lasted."""
        if self._runs:
            self._runs[-1] = replace(self._runs[-1], seconds=seconds, cpu_seconds=cpu_seconds)

    def record(self, peak_memory: int) -> Training | None:
        """Everything measured; None when no run came to its end."""
        if not self._runs and not self._curves:
            return None
        return Training(
            self._setting.size,
            self._setting.device,
            self.data,
            tuple(self._runs),
            tuple(self._curves),
            tuple(self._pictures),
            peak_memory,
            self._calibrated(),
        )

    def _calibrated(self) -> str:
        """The day these thresholds were measured, if on such a device: a cpu's say nothing about a GPU."""
        known = self._budget.calibrated
        same = known is not None and known.device.startswith("cuda") == self._setting.device.startswith(
            "cuda"
        )
        return known.date.isoformat() if known is not None and same else ""

    def _metrics(self, measured: Mapping[str, float]) -> tuple[Metric, ...]:
        wanted = {t.metric: t for t in self._budget.thresholds}
        if wanted.keys() != measured.keys():
            raise CourseError(
                f"test_{self._check} measures {', '.join(sorted(measured))}; "
                f"rubric.yaml has thresholds for {', '.join(sorted(wanted))}"
            )
        return tuple(_metric(t, measured[name]) for name, t in wanted.items())


def _metric(threshold: Threshold, value: float) -> Metric:
    return Metric(
        threshold.metric, float(value), threshold.value, threshold.at_least is not None, threshold.margin
    )


def is_near(metrics: tuple[Metric, ...]) -> bool:
    """Whether a second run could change the verdict: some metric is near its threshold, and no other fails clearly."""
    clear = any(not m.reached and not m.near for m in metrics)
    return not clear and any(m.near for m in metrics)


def mean_metrics(runs: list[TrainingRun] | tuple[TrainingRun, ...]) -> tuple[Metric, ...]:
    """Each metric's mean over the runs."""
    return tuple(
        replace(same[0], value=sum(m.value for m in same) / len(same))
        for same in zip(*(run.metrics for run in runs), strict=True)
    )


def _missed(metric: Metric, runs: list[TrainingRun]) -> str:
    bound = "at least" if metric.at_least else "at most"
    text = f"{metric.name} {metric.value:.3g}, wanted {bound} {metric.threshold:.3g}"
    if len(runs) == 1:
        return text
    values = [m.value for run in runs for m in run.metrics if m.name == metric.name]
    return f"{text} (the mean of {len(values)} runs with different seeds: {', '.join(f'{v:.3g}' for v in values)})"
