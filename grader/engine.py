"""One submission → outcomes: which checks run, in which order, and what a failure explains.

Within an item the checks run in order and the first failure ends it: one bug, one message. An item whose
prerequisite failed still runs (it may hold on its own), but its failure is then `skipped`, not a second message.
pytest, hypothesis, the reference and the collected checks are loaded once and serve any number of submissions.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from grader.course import DEFAULT_SECRET, Course
from grader.dialogue import WorkerLimits
from grader.errors import CourseError
from grader.host import WorkerSubject, apart
from grader.known import KnownChecks
from grader.launch import Launcher
from grader.model import Outcome, Remark, Scene, Status, Submission
from grader.parts import parts_of
from grader.plugin import CHECK_SECONDS, Examination
from grader.recorded import Tape
from grader.rubric import Exercise, Item, Section
from grader.scenery import Scenery
from grader.subject import Subject
from grader.training import Setting
from grader.verdict import sentence

# After one of these, an item that builds on it would only lose time.
_HOPELESS = frozenset({Status.NOT_ATTEMPTED, Status.TIMED_OUT, Status.OUT_OF_MEMORY, Status.FORBIDDEN})
_NO_FAILURE = frozenset({Status.PASSED, Status.NOT_RUN})


@dataclass(frozen=True)
class PartFound:
    """What running a part of a submission brought besides outcomes.

    remarks   what went wrong while its files and cells were run
    executed  path of a notebook → the notebook as it ran (full runs only)
    """

    exercises: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    executed: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """A submission with everything its checks came to."""

    submission: Submission
    outcomes: tuple[Outcome, ...]
    parts: tuple[PartFound, ...] = ()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Of the submission as it was read, then of its parts as they were run; each once."""
        found = (*self.submission.remarks, *(r for p in self.parts for r in p.remarks))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Task:
    """A submission and how to open a part of it (tests open it in this process).

    items       narrows what is examined
    until_loss  end with the first item that is not passed
    secret      examine it under another course secret
    known       exercise id → items that are known to fail, for exercises that need not be examined again
    whole       all files are opened together instead of part by part
    apart       opens a part once more for a training task, in a process of its own, within limits, on a device
    """

    submission: Submission
    open: Callable[[Submission], Subject]
    items: frozenset[tuple[str, str]] | None = None
    until_loss: bool = False
    secret: str | None = None
    known: Mapping[str, Mapping[str, Status]] = field(default_factory=dict)
    whole: bool = False
    apart: Callable[[Submission, WorkerLimits, str], Subject] | None = None


def worker_task(
    submission: Submission,
    launcher: Launcher,
    limits: WorkerLimits | None = None,
    *,
    items: frozenset[tuple[str, str]] | None = None,
    known: Mapping[str, Mapping[str, Status]] | None = None,
    full: bool = False,
    definitions: Submission | None = None,
) -> Task:
    """Examine a submission in a worker.

    full         after its notebooks ran from top to bottom in a kernel
    definitions  the same submission, read for what it defines: training tasks begin with that
    """

    def open(part: Submission) -> Subject:
        if full and any(u.notebook is not None for u in part.units):
            from grader.fullrun import KernelSubject  # Jupyter's packages take half a second to import

            return KernelSubject(part, launcher, limits)
        return WorkerSubject(part, launcher, limits)

    def open_apart(part: Submission, limits: WorkerLimits, device: str) -> Subject:
        return apart(definitions or part, launcher, limits, device)

    return Task(submission, open, items, known=known or {}, whole=full, apart=open_apart)


class Examiner:
    """Examines submissions one after the other with everything warm.

    exercises      ids to grade; None for all
    progress       called with (submission name, exercise id) before an exercise is examined
    shrink         look for the smallest counterexample; without, failures are found faster
    check_seconds  wall time of one check as a whole
    partial        called with all that is known so far between two exercises: results that must survive a time limit
    training       how training tasks are run; without, they are not, and no outcome speaks of them
    tape           takes down what a sealed course needs
    known          what earlier runs have found out of the checks; without, nothing is read or kept
    """

    def __init__(
        self,
        course: Course,
        *,
        secret: str = DEFAULT_SECRET,
        exercises: frozenset[str] | None = None,
        progress: Callable[[str, str], None] | None = None,
        shrink: bool = True,
        check_seconds: float = CHECK_SECONDS,
        partial: Callable[[Examined], None] | None = None,
        training: Setting | None = None,
        tape: Tape | None = None,
        known: KnownChecks | None = None,
    ) -> None:
        self._course, self._exercises, self._partial = course, exercises, partial
        self._secret = secret
        self._training = training
        self._progress = progress or (lambda submission, exercise: None)
        self._examination = Examination(
            lambda: course,
            secret,
            shrink=shrink,
            check_seconds=check_seconds,
            training=training,
            tape=tape,
            known=known,
        )
        self._checks: dict[str, list[pytest.Item]] = {}
        self._scenery = Scenery(course)

    def examine(self, tasks: Iterable[Task], done: Callable[[Examined], None]) -> None:
        """Examine every task and hand each result to `done` as soon as it is there.

        Raises CourseError when the checks themselves cannot be loaded.
        """
        run = _Run(self, tasks, done)
        arguments = [
            *map(str, self._files()),
            "-c", os.devnull, "--rootdir", str(self._course.root), "--capture=no",
            "--disable-plugin-autoload", "-p", "grader.plugin",
            *(part for name in ("terminal", "cacheprovider", "warnings", "logging", "faulthandler", "unraisableexception",
              "threadexception", "doctest", "junitxml", "stepwise", "pastebin") for part in ("-p", f"no:{name}")),
        ]  # fmt: skip
        _forget_other_courses(self._course)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", pytest.PytestWarning
            )  # our plugin is imported already, and may be
            code = pytest.main(arguments, plugins=[run])
        if run.error is not None:
            raise run.error
        if run.problems or code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise CourseError(
                "the course's checks cannot be loaded:\n" + ("\n".join(run.problems) or f"pytest: {code!r}")
            )

    # -- used by the pytest session

    def register(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._examination, "grade-examination")

    def collected(self, items: list[pytest.Item]) -> None:
        self._checks = {}
        for item in items:
            name = getattr(item, "originalname", item.name).removeprefix("test_")
            self._checks.setdefault(name, []).append(item)
        for section, _, row in self._rows():
            missing = next((c.name for c in row.checks if c.name not in self._checks), None)
            if missing and self._runs(row):
                course = self._course
                path = course.training_file(section) if row.train else course.test_file(section)
                raise CourseError(f"{path}: no test_{missing}, which rubric.yaml names")

    def run(self, task: Task) -> Examined:
        """All selected items of one submission."""
        submission = task.submission
        self._examination.use_secret(task.secret or self._secret)
        opened = _Opened(
            task, self._course, self._scenery.scene, {e.id for _, e, _ in self._rows()} - task.known.keys()
        )
        outcomes: list[Outcome] = []
        failed: dict[tuple[str, str], Status] = {}
        announced = ""
        try:
            for section, exercise, item in self._rows():
                if exercise.id in task.known:
                    failed.update({(exercise.id, i): s for i, s in task.known[exercise.id].items()})
                    continue
                if task.items is not None and (exercise.id, item.id) not in task.items:
                    continue
                if announced != exercise.id:
                    if self._partial is not None and outcomes:
                        self._partial(Examined(submission, tuple(outcomes)))
                    announced = exercise.id
                    self._progress(submission.name, exercise.id)
                    self._examination.subject = opened.enter(exercise.id)
                    self._examination.apart = opened.apart()
                    self._examination.hear = self._epochs(submission.name, exercise.id)
                found = self._item(opened.part, section, exercise, item, failed)
                bad = next((o.status for o in found if o.status not in _NO_FAILURE), None)
                if bad is not None:
                    failed[exercise.id, item.id] = bad
                outcomes += found
                if bad is not None and task.until_loss:
                    break
        finally:
            self._examination.subject = self._examination.apart = None
            opened.close()
        return Examined(submission, tuple(outcomes), opened.found())

    # -- one item

    def _item(
        self,
        submission: Submission,
        section: Section,
        exercise: Exercise,
        item: Item,
        failed: dict[tuple[str, str], Status],
    ) -> list[Outcome]:
        missing = _not_attempted(submission, section, item)
        if missing:
            return [self._unrun(item, exercise, Status.NOT_ATTEMPTED, f"{missing} is not written yet")]
        if not self._runs(item):
            return []
        cause = next((n for n in self._course.rubric.needed_items(exercise, item) if n in failed), None)
        shown = "/".join(cause) if cause and cause[0] != exercise.id else cause[1] if cause else ""
        if cause and failed[cause] in _HOPELESS:
            return [
                self._unrun(item, exercise, Status.SKIPPED, f"first mend {shown!r}, which this builds on")
            ]
        outcomes: list[Outcome] = []
        for check in item.checks:
            outcome = self._check(check.name)
            if cause and outcome.status not in (*_NO_FAILURE, Status.GRADER_ERROR):
                message = f"first mend {shown!r}, which this builds on ({outcome.message})"
                outcome = replace(outcome, status=Status.SKIPPED, message=message)
            outcomes.append(outcome)
            if outcome.status not in _NO_FAILURE:
                break
        return outcomes

    def _check(self, name: str) -> Outcome:
        """Run one check; of a parametrised one, the first case that fails."""
        items = self._checks[name]
        began = time.monotonic()
        left = self._examination.ask_ahead(items)
        seconds = time.monotonic() - began
        outcome = None if left else self._examination.settled(items[0])
        for item in left:
            runtestprotocol(item, nextitem=None, log=False)
            outcome = self._examination.outcomes.pop(name)
            seconds += outcome.seconds
            if outcome.status is not Status.PASSED:
                break
        if outcome is not None and outcome.status is Status.PASSED:
            self._examination.passed(items)
        assert outcome is not None  # every name in _checks has at least one item
        subject = self._examination.subject
        return replace(outcome, seconds=seconds, level=subject.level if subject else None)

    def _unrun(self, item: Item, exercise: Exercise, status: Status, message: str) -> Outcome:
        name = item.checks[0].name
        found = self._checks.get(name)
        function: Any = getattr(found[0], "obj", None) if found else None
        return Outcome(name, exercise.id, item.id, status, sentence(function), message)

    def _epochs(self, submission: str, exercise: str) -> Callable[[int, int], None]:
        return lambda done, total: self._progress(submission, f"{exercise} epoch {done}/{total}")

    # -- what is selected

    def _runs(self, item: Item) -> bool:
        """Whether an item is examined at all: training takes time and must be asked for."""
        return item.train is None or self._training is not None

    def _files(self) -> list[Path]:
        """The test files of what is selected."""
        rows = list(self._rows())
        files = [self._course.test_file(s) for s, _, i in rows if i.train is None]
        files += [self._course.training_file(s) for s, _, i in rows if i.train and self._runs(i)]
        return list(dict.fromkeys(files))

    def _rows(self) -> Iterator[tuple[Section, Exercise, Item]]:
        for section, exercise, item in self._course.rubric.rows():
            if item.checks and (self._exercises is None or exercise.id in self._exercises):
                yield section, exercise, item


class _Opened:
    """The parts of a submission; the one that is examined is open, and no other."""

    def __init__(
        self, task: Task, course: Course, scene: Callable[[Submission], Scene | None], exercises: set[str]
    ) -> None:
        self._open, self._apart, self._scene = task.open, task.apart, scene
        self._parts = parts_of(task.submission, course.rubric, exercises, whole=task.whole, shared=True)
        self._subjects: dict[tuple[str, ...], Subject] = {}
        self._current: Subject | None = None
        self.part = task.submission
        """what the exercise that was entered can see"""

    def enter(self, exercise: str) -> Subject:
        """The subject of the part that `exercise` belongs to. One that was closed starts anew when it is asked."""
        part = next(p for p in self._parts if exercise in p.exercises)
        if part.exercises not in self._subjects:
            self.close()
            subject = self._subjects[part.exercises] = self._open(part.submission)
            subject.prepare(self._scene(part.submission))
        found, self.part = self._subjects[part.exercises], part.submission
        if found is not self._current:
            self.close()
            self._current = found
        return found

    def apart(self) -> Callable[[WorkerLimits, str], Subject] | None:
        """Opens the part that is examined once more, for a training task."""
        return functools.partial(self._open_apart, self._apart, self.part) if self._apart else None

    def _open_apart(
        self,
        apart: Callable[[Submission, WorkerLimits, str], Subject],
        part: Submission,
        limits: WorkerLimits,
        device: str,
    ) -> Subject:
        subject = apart(part, limits, device)
        subject.prepare(self._scene(part))
        return subject

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None

    def found(self) -> tuple[PartFound, ...]:
        return tuple(
            PartFound(ids, tuple(getattr(s, "remarks", ())), dict(getattr(s, "executed", {})))
            for ids, s in self._subjects.items()
        )


def _forget_other_courses(course: Course) -> None:
    """pytest imports checks by their file's name: another course's module of that name must go first."""
    # copied at once: a list would be made item by item, while another thread imports
    for name, module in sys.modules.copy().items():
        path = Path(getattr(module, "__file__", None) or "")
        for folder in (course.tests, course.training):
            if path.parent.name == folder.name and path.parent != folder and (folder / path.name).is_file():
                del sys.modules[name]


def _not_attempted(submission: Submission, section: Section, item: Item) -> str:
    """The first function of the item that the submission certainly lacks, or "".

    Certain means: it is a stub, or its name and its aliases occur nowhere. Anything else is left to the worker.
    """
    aliases = section.aliases()
    for function in item.functions:
        names = (function, *aliases.get(function, ()))
        if any(n in u.attempted for u in submission.units for n in names):
            continue
        sources = [c.source for u in submission.units for c in u.cells]
        defined = re.compile(rf"^\s*(?:async\s+)?(?:def|class)\s+(?:{'|'.join(names)})\b", re.M)
        mentioned = re.compile(rf"\b(?:{'|'.join(names)})\b")
        if any(defined.search(s) for s in sources) or not any(mentioned.search(s) for s in sources):
            return function
    return ""


class _Run:
    """The pytest plugin that replaces pytest's loop over tests by ours over submissions."""

    def __init__(self, examiner: Examiner, tasks: Iterable[Task], done: Callable[[Examined], None]) -> None:
        self._examiner, self._tasks, self._done = examiner, tasks, done
        self.problems: list[str] = []
        self.error: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        # nobody reads pytest's tracebacks, and the long form would parse the check's whole file
        config.option.tbstyle = "native"
        self._examiner.register(config)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(f"{report.nodeid}: {report.longreprtext[-1500:]}")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.problems:
            return True
        try:
            self._examiner.collected(session.items)
            for task in self._tasks:
                self._done(self._examiner.run(task))
        except BaseException as e:  # pytest would print it and go on
            self.error = e
        return True
