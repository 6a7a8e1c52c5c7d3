"""`grade --watch`: everything stays warm in this process, and a save is judged at once, as far as it touched anything.

A save is compared with what was there before by its syntax: layout and comments touch nothing. Of the exercises it touched, the
items that lost points and whose functions changed come first, one by one; then the rest. A save that comes in between
goes before what is still to be done.
"""

from __future__ import annotations

import ast
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.course import Course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import SubmissionError
from grader.known import KnownChecks
from grader.launch import Launcher
from grader.loader import IGNORED, SUFFIXES, load_submission
from grader.model import ItemScore, Score, Status, Submission
from grader.parts import parts_of
from grader.rubric import Rubric
from grader.scoring import score

DEBOUNCE_MS, STEP_MS = 40, 10  # editors write a file in several steps
_Key = tuple[str, str]
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Saved:
    """A verdict after a save.

    files    what was saved, as the submission names it
    score    the whole submission as it stands now
    items    (exercise, item) that were judged just now
    seconds  from the save to now
    done     whether everything the save touched is judged
    """

    files: tuple[str, ...]
    score: Score
    items: tuple[_Key, ...]
    seconds: float
    done: bool


@dataclass
class _Known:
    """What is known of the submission so far."""

    submission: Submission
    items: dict[_Key, ItemScore] = field(default_factory=dict)

    def losing(self) -> set[_Key]:
        open_ = (Status.PASSED, Status.NOT_ATTEMPTED, Status.NOT_RUN, None)
        return {key for key, item in self.items.items() if item.status not in open_}


def watch(
    path: Path,
    course: Course,
    launcher: Launcher,
    *,
    exercises: frozenset[str] | None,
    first: Callable[[Score], None],
    saved: Callable[[Saved], None],
    broken: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Grade `path`, and again after every save, until `stop` is set or the user interrupts.

    first   is given the whole result at the beginning
    saved   is given every verdict after that
    broken  is told when what was saved cannot be read at all
    """
    stop = stop or threading.Event()
    changes: queue.Queue[tuple[float, frozenset[str]]] = queue.Queue()
    thread = threading.Thread(target=_listen, args=(path, changes, stop), daemon=True)
    loop = _Loop(path, course, launcher, exercises, changes, stop, first, saved, broken)
    thread.start()
    try:
        Examiner(course, exercises=exercises, known=KnownChecks(course)).examine(loop.tasks(), loop.done)
    finally:
        stop.set()
        thread.join(2)


def _listen(path: Path, changes: queue.Queue[tuple[float, frozenset[str]]], stop: threading.Event) -> None:
    from watchfiles import watch as changes_of

    folder = path if path.is_dir() else path.parent
    for found in changes_of(
        folder, watch_filter=_wanted(path), debounce=DEBOUNCE_MS, step=STEP_MS, stop_event=stop
    ):
        names = frozenset(_shown(Path(name), folder) for _, name in found)
        changes.put((time.monotonic(), names))


def _shown(name: Path, folder: Path) -> str:
    try:
        return name.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return name.name


def _wanted(path: Path) -> Callable[[object, str], bool]:
    """Files of a submission: the one that was named, or notebooks and .py files that are not hidden."""
    root = path.resolve()

    def one(_: object, name: str) -> bool:
        return Path(name).name == root.name

    def any_of_ours(_: object, name: str) -> bool:
        inside = Path(name).relative_to(root) if Path(name).is_relative_to(root) else Path(Path(name).name)
        hidden = any(part.startswith(".") or part in IGNORED for part in inside.parts)
        return name.lower().endswith(SUFFIXES) and not hidden

    return one if path.is_file() else any_of_ours


class _Loop:
    """Tasks for the examiner: the whole submission first, then what each save touched."""

    def __init__(
        self,
        path: Path,
        course: Course,
        launcher: Launcher,
        exercises: frozenset[str] | None,
        changes: queue.Queue[tuple[float, frozenset[str]]],
        stop: threading.Event,
        first: Callable[[Score], None],
        saved: Callable[[Saved], None],
        broken: Callable[[str], None],
    ) -> None:
        self._path, self._course, self._launcher, self._chosen = path, course, launcher, exercises
        self._changes, self._stop = changes, stop
        self._first, self._saved, self._broken = first, saved, broken
        self._known = _Known(load_submission(path, course.rubric))
        self._judged: tuple[_Key, ...] = ()
        self._began, self._files, self._left = 0.0, frozenset[str](), 0
        self._starting = True

    def tasks(self) -> Iterator[Task]:
        yield worker_task(self._known.submission, self._launcher)
        while self._wait():
            for keys in self._touched():
                self._judged, self._left = keys, self._left - 1
                yield worker_task(self._known.submission, self._launcher, items=frozenset(keys))
                if not self._changes.empty():
                    break  # a newer save goes first; what it leaves untouched is judged with it

    def done(self, found: Examined) -> None:
        """Take in what a task came to, and say it."""
        rubric = self._course.rubric
        whole = score(rubric, found.submission, found.outcomes, exercises=self._chosen, remarks=found.remarks)
        if self._starting:
            self._starting = False
            self._known.items = {(i.exercise, i.item): i for i in whole.items}
            self._first(whole)
            return
        for item in whole.items:  # what was not examined now has no outcomes, and stays as it was
            key = (item.exercise, item.item)
            if key in self._judged or (not item.outcomes and rubric.exercises[key[0]].item(key[1]).written):
                self._known.items[key] = item
        total = replace(whole, items=tuple(self._known.items[i.exercise, i.item] for i in whole.items))
        seconds = time.monotonic() - self._began
        self._saved(Saved(tuple(sorted(self._files)), total, self._judged, seconds, self._left == 0))

    def _wait(self) -> bool:
        """Sleep until something was saved that can be read; False when it is time to stop."""
        while not self._stop.is_set():
            try:
                self._began, self._files = self._changes.get(timeout=0.2)
            except queue.Empty:
                continue
            while not self._changes.empty():
                _, more = self._changes.get_nowait()
                self._files |= more
            return True
        return False

    def _touched(self) -> list[tuple[_Key, ...]]:
        """What to judge after a save, in portions: what the student works on first."""
        before = self._known
        try:
            after = load_submission(self._path, self._course.rubric)
        except SubmissionError as e:
            self._broken(str(e))
            return []
        keys = touched_items(before.submission, after, self._course.rubric, self._chosen)
        functions = changed_names(before.submission, after)
        direct = {k for k in keys if functions & set(self._functions(k))}
        urgent = [k for k in keys if k in direct and k in before.losing()]
        near = [k for k in keys if k in direct and k not in urgent]
        rest = [k for k in keys if k not in direct]
        self._known = _Known(after, before.items)
        portions = [*((k,) for k in urgent), tuple(near[:1]), tuple(near[1:]), tuple(rest)]
        found = [p for p in portions if p]
        self._left = len(found)
        if not found:
            self._broken("")
        return found

    def _functions(self, key: _Key) -> tuple[str, ...]:
        return _names_of(self._course.rubric, *key)


# ---------------------------------------------------------------- what a save touched


def touched_items(
    before: Submission, after: Submission, rubric: Rubric, exercises: frozenset[str] | None
) -> list[_Key]:
    """(exercise, item) of everything that may come out differently after a save, in the rubric's order.

    When only functions changed: the items of these functions and of those that mention them, however indirectly. When
    anything else changed (an import, a constant): all items of the exercises that see the file.
    """
    seen = _touched_exercises(before, after, rubric, exercises)
    keys = [(e.id, i.id) for _, e, i in rubric.rows() if e.id in seen and not i.written]
    if _besides_definitions(before) != _besides_definitions(after):
        return keys
    affected = _with_users(changed_names(before, after), after)
    return [k for k in keys if affected & set(_names_of(rubric, *k))]


def changed_names(before: Submission, after: Submission) -> frozenset[str]:
    """Functions and classes whose top-level definition is new, gone or different; layout makes no difference."""
    old, new = _definitions(before), _definitions(after)
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _touched_exercises(
    before: Submission, after: Submission, rubric: Rubric, exercises: frozenset[str] | None
) -> frozenset[str]:
    old, new = (_seen(s, rubric, exercises) for s in (before, after))
    return frozenset(e for e in new if old.get(e) != new[e])


def _seen(submission: Submission, rubric: Rubric, exercises: frozenset[str] | None) -> Mapping[str, object]:
    """exercise → everything it sees, in a form that layout does not change."""
    found: dict[str, object] = {}
    for part in parts_of(submission, rubric, exercises):
        cells = tuple(
            (u.module, c.label, c.exercise, _dumped(c.source)) for u in part.submission.units for c in u.cells
        )
        found.update(dict.fromkeys(part.exercises, cells))
    return found


def _names_of(rubric: Rubric, exercise: str, item: str) -> tuple[str, ...]:
    """The functions of an item, under all names in circulation."""
    aliases = rubric.section_of[exercise].aliases()
    functions = rubric.exercises[exercise].item(item).functions
    return tuple(n for f in functions for n in (f, *aliases.get(f, ())))


def _with_users(names: frozenset[str], submission: Submission) -> frozenset[str]:
    """`names` and every definition that mentions one of them, directly or through others."""
    mentions = {
        node.name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        for node in _nodes(submission)
        if isinstance(node, _DEFINITION)
    }
    found, size = set(names), -1
    while len(found) > size:
        size = len(found)
        found |= {name for name, used in mentions.items() if used & found}
    return frozenset(found)


def _definitions(submission: Submission) -> dict[str, str]:
    return {node.name: ast.dump(node) for node in _nodes(submission) if isinstance(node, _DEFINITION)}


def _besides_definitions(submission: Submission) -> list[str]:
    """Everything at the top level that defines no function or class, and what is no Python."""
    return [ast.dump(node) for node in _nodes(submission) if not isinstance(node, _DEFINITION)]


def _nodes(submission: Submission) -> Iterator[ast.stmt]:
    for cell in (c for u in submission.units for c in u.cells):
        try:
            yield from ast.parse(cell.source).body
        except (SyntaxError, ValueError, RecursionError):
            yield ast.Expr(ast.Constant(cell.source))


def _dumped(source: str) -> str:
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return source
