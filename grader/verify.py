"""Proves a course: what is right earns everything, what is wrong loses exactly what it should.

For every section: rubric, checks, reference and template name the same things; the reference earns full marks and its
written answers every key point; the stubs earn nothing; each file of tests/submissions/right loses nothing, each of
tests/submissions/wrong just the items its docstring declares, for the reason it declares.

Such a file is an overlay (grader.overlay): a module with a few functions of a section, in front of the reference.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

from rich.console import Console

from grader.course import Course
from grader.engine import Examined, Examiner, Task, worker_task
from grader.errors import GraderError
from grader.launch import Launcher, new_launcher
from grader.loader import load_submission
from grader.model import Outcome, Score, Status
from grader.names import string_constants, top_level_names
from grader.overlay import Overlay, overlay_files, overlay_submission, read_overlay
from grader.parallel import CHECK_SECONDS
from grader.phrases import COMMON, untold
from grader.rubric import Function, Section
from grader.scoring import score
from grader.template import ANSWER, outdated

PART_SIZE = 16


@dataclass(frozen=True)
class Found:
    """What was proved of a part of a section: problems name the file to mend; `proved` counts the submissions."""

    section: str
    problems: tuple[str, ...]
    proved: int
    seconds: float


def verify(course: Course, *, sections: Sequence[str], console: Console) -> list[str]:
    """Prove the course on every core; print a line for each section and return the problems."""
    chosen = [
        s
        for s in course.rubric.sections
        if not sections or s.id in {e.rpartition(".")[0] for w in sections for e in _ids(course, w)}
    ]
    problems = [] if sections else names_agree(course)
    _show(problems, console)
    parts = [part for section in chosen for part in parts_of(course, section)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(len(parts), os.cpu_count() or 1), mp_context=context) as pool:
        waiting = [pool.submit(_verify_in_pool, course.root, part) for part in parts]
        found: dict[str, list[Found]] = {s.id: [] for s in chosen}
        for done in (future.result() for future in as_completed(waiting)):
            found[done.section].append(done)
            if len(found[done.section]) == sum(p.section == done.section for p in parts):
                problems += _show_section(found[done.section], console)
    console.print(f"{len(problems)} problems" if problems else "the course is proved")
    return problems


def _show_section(found: list[Found], console: Console) -> list[str]:
    problems = [p for part in found for p in part.problems]
    mark = "[red]✗[/]" if problems else "[green]✓[/]"
    proved, seconds = sum(f.proved for f in found), sum(f.seconds for f in found)
    console.print(f"{mark} {found[0].section:6} {proved:3} submissions behave  [dim]{seconds:.0f} s[/]")
    _show(problems, console)
    return problems


def _show(problems: Sequence[str], console: Console) -> None:
    for problem in problems:
        console.print(f"  {problem}", markup=False, soft_wrap=True)


def _ids(course: Course, wanted: str) -> list[str]:
    return [e.id for e in course.rubric.resolve(wanted)]


# ---------------------------------------------------------------- names


def names_agree(course: Course) -> list[str]:
    """Orphans: names that one of rubric, checks, reference and template has and another lacks."""
    problems: list[str] = []
    for section in course.rubric.sections:
        problems += _checks_agree(section, course.test_file(section), trains=False, course=course)
        problems += _checks_agree(section, course.training_file(section), trains=True, course=course)
        problems += _functions_agree(course, section)
    problems += _texts_agree(course)
    modules = {s.module for s in course.rubric.sections}
    for folder, pattern in (
        (course.tests, "test_*.py"), (course.training, "test_*.py"), (course.root / "reference", "*.py"),
    ):  # fmt: skip
        for path in sorted(folder.glob(pattern)):
            if path.stem.removeprefix("test_").removeprefix("train_") not in modules:
                problems.append(f"{path}: belongs to no section of rubric.yaml")
    try:
        problems += [
            f"{course.template / name}: out of date; run: grade template" for name in outdated(course)
        ]
    except GraderError as e:
        problems.append(str(e))
    return problems


def _checks_agree(section: Section, path: Path, *, trains: bool, course: Course) -> Iterator[str]:
    items = [i for e in section.exercises for i in e.items if (i.train is not None) is trains]
    named = {c.name for i in items for c in i.checks}
    if trains and not named and not path.is_file():
        return
    if not path.is_file():
        yield f"{path}: missing; section {section.id} of rubric.yaml needs its checks"
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = {
        n.name.removeprefix("test_"): n
        for n in tree.body
        if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")
    }
    for name in sorted(named - tests.keys()):
        yield f"{path}: no test_{name}, which rubric.yaml names in section {section.id}"
    for name in sorted(tests.keys() - named):
        yield f"{course.root / 'rubric.yaml'}: no item names {name}, which stands in {path.name}:{tests[name].lineno}"
    for name, node in tests.items():
        if not ast.get_docstring(node):
            yield f"{path}:{node.lineno}: test_{name} has no docstring; it is the sentence the student reads"


def _texts_agree(course: Course) -> Iterator[str]:
    """Where a course translates what its checks say, it translates all of it."""
    if not course.texts.is_dir():
        return
    shared = [
        p
        for d in (course.tests, course.training)
        for p in sorted(d.glob("*.py"))
        if not p.name.startswith("test_")
    ]
    yield from untold(course.texts, COMMON, shared)
    for section in course.rubric.sections:
        own = (course.test_file(section), course.training_file(section))
        yield from untold(course.texts, section.module, [p for p in own if p.is_file()])
    known = {COMMON, *(s.module for s in course.rubric.sections)}
    for path in sorted(course.texts.iterdir()):
        if path.suffix != ".yaml" or path.stem not in known:
            yield f"{path}: belongs to no section of rubric.yaml"


def _functions_agree(course: Course, section: Section) -> Iterator[str]:
    path = course.reference_file(section)
    if not path.is_file():
        yield f"{path}: missing; section {section.id} of rubric.yaml needs its reference"
        return
    source = path.read_text(encoding="utf-8")
    names = top_level_names(source)
    used = {f for e in section.exercises for i in e.items for f in i.functions}
    for function in section.functions:
        if function.name not in names:
            yield f"{path}: no {function.name}, which rubric.yaml lists in section {section.id}"
        if function.name not in used:
            yield f"{course.root / 'rubric.yaml'}: {function.name} of section {section.id} belongs to no item"
        yield from _shown_parameters_agree(course, function, source)
    answers = {".".join(m.groups()) for n, _, _ in string_constants(source) if (m := ANSWER.match(n))}
    for exercise in section.exercises:
        if any(i.written for i in exercise.items) and exercise.id not in answers:
            yield f"{path}: no answer_{exercise.id.replace('.', '_')}, though rubric.yaml asks for a written answer"


def _shown_parameters_agree(course: Course, function: Function, source: str) -> Iterator[str]:
    """`shows` names the first parameters of the reference's signature, in its order: reports go by their places."""
    node = next((n for n in ast.parse(source).body if getattr(n, "name", "") == function.name), None)
    if not isinstance(node, ast.FunctionDef):
        return
    signature = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    shown = [name for name in function.shows if name != "returns"]
    if shown != signature[: len(shown)]:
        yield (
            f"{course.root / 'rubric.yaml'}: {function.name} shows {', '.join(shown)}, "
            f"but its parameters are {', '.join(signature)}"
        )


# ---------------------------------------------------------------- one section


@dataclass(frozen=True)
class Part:
    """What one process proves at a time: some files of a section, and with `wholes` its reference and stubs."""

    section: str
    overlays: tuple[Path, ...]
    wholes: bool


def parts_of(course: Course, section: Section) -> Iterator[Part]:
    """A section cut into pieces of similar size, so that no process proves a long one alone."""
    paths = overlay_files(course, section, "right", "wrong")
    for start in range(0, max(1, len(paths)), PART_SIZE):
        yield Part(section.id, tuple(paths[start : start + PART_SIZE]), wholes=start == 0)


@cache
def _launcher() -> Launcher:
    """One a process: its zygote imports torch once for all parts."""
    launcher = new_launcher()
    Finalize(None, launcher.close, exitpriority=1)
    return launcher


def verify_part(course: Course, part: Part) -> Found:
    """Grade the submissions of a part and compare with what they must come to."""
    began = time.monotonic()
    section = next(s for s in course.rubric.sections if s.id == part.section)
    try:
        problems, proved = _Proof(course, section, _launcher()).run(part)
    except GraderError as e:
        problems, proved = [str(e)], 0
    return Found(part.section, tuple(problems), proved, time.monotonic() - began)


def _verify_in_pool(root: Path, part: Part) -> Found:
    return verify_part(_course(root), part)


@cache
def _course(root: Path) -> Course:
    """One a process: its rubric is read once for all parts."""
    return Course(root)


class _Proof:
    def __init__(self, course: Course, section: Section, launcher: Launcher) -> None:
        self._course, self._section, self._launcher = course, section, launcher
        self._ids = frozenset(e.id for e in section.exercises)

    def run(self, part: Part) -> tuple[list[str], int]:
        tasks = list(self._wholes()) if part.wholes else []
        first = len(tasks)
        overlays = [read_overlay(path, self._section) for path in part.overlays]
        for overlay in overlays:
            submission = overlay_submission(self._course, self._section, overlay.path)
            tasks.append(worker_task(submission, self._launcher, items=overlay.items(self._section)))
        examined: list[Examined] = []
        examiner = Examiner(self._course, exercises=self._ids, check_seconds=CHECK_SECONDS)
        examiner.examine(tasks, examined.append)
        problems = [*self._reference(examined[0]), *self._stubs(examined[1])] if part.wholes else []
        for overlay, found in zip(overlays, examined[first:], strict=True):
            problems += _overlay_problems(overlay, found)
        return problems, len(tasks)

    def _wholes(self) -> Iterator[Task]:
        for name, path in (("reference", self._course.root / "reference"), ("stubs", self._course.template)):
            yield worker_task(load_submission(path, self._course.rubric, name=name), self._launcher)

    def _score(self, examined: Examined) -> Score:
        return score(self._course.rubric, examined.submission, examined.outcomes, exercises=self._ids)

    # -- reference and stubs

    def _reference(self, examined: Examined) -> Iterator[str]:
        path = self._course.reference_file(self._section)
        for item in self._score(examined).items:
            for outcome in item.outcomes:
                if outcome.status is not Status.PASSED:
                    yield f"{path}: the reference loses {item.exercise}/{item.item}: {_said(outcome)}"
            for point in item.key_points:
                if not point.found or point.contradicted:
                    yield f"{path}: answer {item.exercise} does not match key point {point.id!r} of rubric.yaml"

    def _stubs(self, examined: Examined) -> Iterator[str]:
        for item in self._score(examined).items:
            if item.status is not Status.NOT_ATTEMPTED:
                yield f"{self._course.template}: the stubs of {item.exercise}/{item.item} count as attempted ({item.status})"


def _overlay_problems(overlay: Overlay, examined: Examined) -> Iterator[str]:
    lost = {f"{o.exercise}/{o.item}": o for o in examined.outcomes if o.status is not Status.PASSED}
    for remark in examined.remarks:
        yield f"{overlay.path}: {remark.where}: {remark.message}"
    for key in sorted(lost.keys() - set(overlay.loses)):
        yield f"{overlay.path}: loses {key}, which it does not declare: {_said(lost[key])}"
    for key in sorted(set(overlay.loses) - lost.keys()):
        yield f"{overlay.path}: keeps {key}, which it should lose"
    said = " ".join(f"{o.message} {o.sentence} {o.hint}" for o in lost.values())
    if lost and overlay.says and not re.search(overlay.says, said, re.IGNORECASE):
        yield f"{overlay.path}: no message says {overlay.says!r}; they say: {said[:300]}"


def _said(outcome: Outcome) -> str:
    return f"{outcome.check}: {outcome.status}: {outcome.message}"[:400]
