"""The next hint of an exercise. Hints stand in the rubric in order; a small file remembers which were shown.

The file lies in the user's state folder and holds nothing but counts and the items that failed when last graded here. Without
it, or when it cannot be written, hints begin at the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.errors import UsageError
from grader.files import write_text
from grader.model import Score, Status
from grader.rubric import Exercise, Item, Rubric

_LOST = (
    Status.FAILED,
    Status.CRASHED,
    Status.TIMED_OUT,
    Status.OUT_OF_MEMORY,
    Status.FORBIDDEN,
    Status.FLAKY,
)


@dataclass(frozen=True)
class Memory:
    """
    shown    "13.4.2/iou" → hints shown of this item
    failing  items that lost points when last graded
    """

    shown: Mapping[str, int] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hint:
    """Hint `number` of the `total` of an item; `left` more follow in the exercise."""

    exercise: Exercise
    item: Item
    number: int
    total: int
    left: int

    def text(self, language: str) -> str:
        return self.item.hints[self.number - 1].in_language(language)


def next_hint(rubric: Rubric, wanted: str, memory: Memory) -> Hint:
    """The next hint for "13.4.2", or for one item of it: "13.4.2/iou". After the last one, the last again.

    Items that lost points when last graded come first. Raises UsageError for an unknown exercise or item.
    """
    id, _, part = wanted.partition("/")
    exercises = rubric.resolve(id)
    if len(exercises) != 1:
        raise UsageError(f"--hint {wanted}: wanted one exercise, like {exercises[0].id}")
    exercise = exercises[0]
    items = [i for i in exercise.items if i.hints and part in ("", i.id)]
    if not items:
        known = ", ".join(f"{exercise.id}/{i.id}" for i in exercise.items if i.hints)
        raise UsageError(
            f"--hint {wanted}: there are no hints for it; there are for {known or 'other exercises'}"
        )
    failing = [i for i in items if _key(exercise, i) in memory.failing]
    chosen = failing or items
    left = sum(max(0, len(i.hints) - _shown(memory, exercise, i)) for i in chosen)
    item = next((i for i in chosen if _shown(memory, exercise, i) < len(i.hints)), chosen[-1])
    number = min(_shown(memory, exercise, item) + 1, len(item.hints))
    return Hint(exercise, item, number, len(item.hints), max(0, left - 1))


def after(memory: Memory, hint: Hint) -> Memory:
    """What to remember once the hint was shown."""
    return Memory({**memory.shown, _key(hint.exercise, hint.item): hint.number}, memory.failing)


def after_grading(memory: Memory, score: Score) -> Memory:
    """What to remember once a submission was graded: an item that now holds begins with its first hint again."""
    judged = {f"{i.exercise}/{i.item}": i.status for i in score.items}
    failing = {k for k, s in judged.items() if s in _LOST}
    kept = {k: n for k, n in memory.shown.items() if judged.get(k) is not Status.PASSED}
    return Memory(kept, frozenset(failing | (memory.failing - judged.keys())))


def _key(exercise: Exercise, item: Item) -> str:
    return f"{exercise.id}/{item.id}"


def _shown(memory: Memory, exercise: Exercise, item: Item) -> int:
    return memory.shown.get(_key(exercise, item), 0)


# ---------------------------------------------------------------- the file


def state_file(course: str) -> Path:
    """Where the memory of a course lies, by the platform's custom."""
    from platformdirs import user_state_path

    return user_state_path("d2l-vision-grader") / f"hints-{course}.json"


def recall(path: Path) -> Memory:
    """What was remembered; nothing, when there is no such file or it is not ours."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        shown = {str(k): int(n) for k, n in data["shown"].items() if int(n) > 0}
        return Memory(shown, frozenset(map(str, data["failing"])))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Memory()


def remember(path: Path, memory: Memory) -> bool:
    """Write the memory; False when that is impossible, which costs nothing but the memory."""
    data = {"shown": dict(sorted(memory.shown.items())), "failing": sorted(memory.failing)}
    try:
        write_text(path, json.dumps(data, indent=1) + "\n")
    except UsageError:
        return False
    return True
