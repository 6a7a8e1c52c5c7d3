"""Measures training tasks: the reference, right variants and known-wrong ones over paired seeds, and how far apart they are.

A variant is an overlay in tests/submissions/train/right or …/wrong whose functions an item uses. A wrong one must fail the items
its docstring declares (`loses: 13.1.1/trained`) and pass the other ones it touches. With equal repetitions all variants
meet the same pictures, the same initial weights and the same orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from grader.course import Course
from grader.engine import Examined, Examiner, worker_task
from grader.errors import UsageError
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.model import Outcome, Status, Submission
from grader.overlay import overlay_files, overlay_submission, read_overlay
from grader.rubric import Exercise, Item, Section, Threshold
from grader.training import Setting

REFERENCE = "reference"


@dataclass(frozen=True)
class TrainingItem:
    """An item of the rubric that trains."""

    section: Section
    exercise: Exercise
    item: Item

    @property
    def key(self) -> str:
        return f"{self.exercise.id}/{self.item.id}"

    def thresholds(self, setting: Setting) -> tuple[Threshold, ...]:
        assert self.item.train is not None  # training_items
        return self.item.train.on(setting.data).budget(setting.size).thresholds


@dataclass(frozen=True)
class Variant:
    """A submission and what must become of the item. says: what its report must match, when it fails."""

    name: str
    right: bool
    submission: Submission
    says: str = ""


@dataclass(frozen=True)
class Measured:
    """One variant's training at one repetition."""

    variant: Variant
    repetition: int
    outcome: Outcome

    @property
    def values(self) -> dict[str, float]:
        """The metrics of its first run; {} when it came to none."""
        training = self.outcome.training
        return {m.name: m.value for m in training.runs[0].metrics} if training and training.runs else {}

    @property
    def seconds(self) -> float:
        """CPU seconds of all runs; of a training that broke off, the time that passed."""
        training = self.outcome.training
        used = sum(r.cpu_seconds for r in training.runs) if training else 0.0
        return used or self.outcome.seconds

    @property
    def as_wanted(self) -> bool:
        """Whether the verdict is the right one. A fault of the grader never is."""
        status = self.outcome.status
        return status is not Status.GRADER_ERROR and (status is Status.PASSED) == self.variant.right


def training_items(course: Course, wanted: Sequence[str]) -> list[TrainingItem]:
    """The training items named: "13.1.1/trained", or all of an exercise or section; all of the course for nothing.

    Raises UsageError for a name that trains nothing.
    """
    rows = [TrainingItem(s, e, i) for s, e, i in course.rubric.rows() if i.train is not None]
    if not wanted:
        return rows
    found: list[TrainingItem] = []
    for name in wanted:
        ids, _, item = name.partition("/")
        exercises = {e.id for e in course.rubric.resolve(ids)}
        named = [r for r in rows if r.exercise.id in exercises and item in ("", r.item.id)]
        if not named:
            known = ", ".join(r.key for r in rows) or "none"
            raise UsageError(f"{name}: nothing that trains there; training tasks are {known}")
        found += named
    return found


def variants_of(course: Course, task: TrainingItem) -> list[Variant]:
    """The reference, then the overlays that define a function of the item."""
    reference = load_submission(course.root / "reference", course.rubric, name=REFERENCE)
    found = [Variant(REFERENCE, True, reference)]
    for path in overlay_files(course, task.section, "train/right", "train/wrong"):
        overlay = read_overlay(path, task.section)
        if (task.exercise.id, task.item.id) in overlay.items(task.section):
            submission = overlay_submission(course, task.section, path)
            found.append(Variant(path.stem, task.key not in overlay.loses, submission, overlay.says))
    return found


def measure(
    course: Course,
    task: TrainingItem,
    variants: Iterable[Variant],
    *,
    repetitions: Sequence[int],
    setting: Setting,
    done: Callable[[Measured], None],
    launcher: Launcher | None = None,
) -> None:
    """Train every variant once for each repetition, in paired runs; hand over each result as soon as it is there."""
    ours = launcher or new_launcher()
    chosen = list(variants)
    try:
        for repetition in repetitions:
            examiner = Examiner(
                course,
                exercises=frozenset({task.exercise.id}),
                training=replace(setting, repetition=repetition),
            )
            tasks = [
                worker_task(v.submission, ours, items=frozenset({(task.exercise.id, task.item.id)}))
                for v in chosen
            ]
            waiting = iter(chosen)

            def hand_over(
                found: Examined, repetition: int = repetition, waiting: Iterator[Variant] = waiting
            ) -> None:
                done(Measured(next(waiting), repetition, found.outcomes[0]))

            examiner.examine(tasks, hand_over)
    finally:
        if launcher is None:
            ours.close()
