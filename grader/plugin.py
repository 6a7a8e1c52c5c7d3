"""pytest plugin: the fixtures `student` and `reference`, and one `Outcome` for each check that ran.

Graded properties are plain tests. `pytest tests/exercises --submission PATH` runs them on a submission;
without `--submission` the reference itself is the student, so that the course's tests are tests of the
reference. The engine uses the same plugin object and drives the loop itself.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import HealthCheck, Phase, settings

from grader.cases import Case
from grader.checks import Disagreement
from grader.course import DEFAULT_SECRET, Course, find_course
from grader.datasets import Store
from grader.dialogue import WorkerLimits
from grader.errors import CheckTimedOut, CourseError, NotRecorded, StudentFault, StudentHalt, UsageError
from grader.host import OwnedSubject, ProcessSubject, apart
from grader.known import KnownChecks
from grader.launch import new_launcher
from grader.learned import Learned
from grader.loader import load_submission
from grader.model import Outcome
from grader.recorded import Recorded, RecordedSubject, Recordings, Tape
from grader.rubric import Budget, Section, TrainRule
from grader.scenery import Scenery
from grader.subject import Call, LocalSubject, Place, RememberingSubject, Student, Subject
from grader.training import PATIENCE, Setting, Task
from grader.verdict import sentence, verdict

PROFILE = "grade"
UNSHRUNK = "grade-unshrunk"
CHECK_SECONDS = 60.0
MOST_PRINTED = 1000
DRAWN = 64
"""how many drawn sets are kept for the next student"""

settings.register_profile(
    PROFILE,
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=False,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    UNSHRUNK, parent=settings.get_profile(PROFILE), phases=(Phase.explicit, Phase.generate)
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("grade", "grading a submission")
    group.addoption(
        "--submission", metavar="PATH", help="grade this folder, file or notebook instead of the reference"
    )
    group.addoption("--course", metavar="DIR", dest="grade_course", help="the course to grade by")
    group.addoption("--train", action="store_true", help="run the training tasks, too, at cpu size")
    group.addoption(
        "--grade-secret", default=DEFAULT_SECRET, help="the seeds of the generated cases depend on it"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("grade-examination"):
        course_dir = config.getoption("grade_course")
        examination = Examination(
            lambda: find_course(Path(course_dir) if course_dir else None),
            config.getoption("--grade-secret"),
            training=Setting() if config.getoption("--train") else None,
        )
        examination.submission = config.getoption("--submission")
        config.pluginmanager.register(examination, "grade-examination")


@pytest.fixture(scope="session")
def student(pytestconfig: pytest.Config) -> Iterator[Student]:
    """The submission under examination."""
    examination = _examination(pytestconfig)
    examination.open_submission()
    yield examination.student
    examination.close_submission()


@pytest.fixture(scope="session")
def reference(pytestconfig: pytest.Config) -> Student:
    """The reference solution of the section under examination."""
    return _examination(pytestconfig).reference


@pytest.fixture
def task(request: pytest.FixtureRequest) -> Task:
    """What a training check is given: data, sizes, thresholds."""
    return _examination(request.config).new_task(request.node)


def _examination(config: pytest.Config) -> Examination:
    found = config.pluginmanager.get_plugin("grade-examination")
    assert isinstance(found, Examination)  # registered in pytest_configure
    return found


def seed_of(secret: str, check: str) -> int:
    """The seed of a check: reproducible for the instructor, unpredictable for the student."""
    return int.from_bytes(hashlib.sha256(f"{secret}\0{check}".encode()).digest()[:7], "big")


class Examination:
    """Runs checks against one subject at a time and turns each into an `Outcome`.

    training  how training tasks are run; None: they are not
    apart     opens the submission once more, in a process of its own, for one training task; None: there is no
              submission, the reference is examined
    hear      is told how far a training is: (epochs done, epochs)
    tape      takes down what the reference is asked, and the generated cases, to seal the course
    known     what earlier runs have found out of the checks; without, nothing is read or kept
    """

    def __init__(
        self,
        course: Any,
        secret: str = DEFAULT_SECRET,
        *,
        shrink: bool = True,
        check_seconds: float = CHECK_SECONDS,
        training: Setting | None = None,
        tape: Tape | None = None,
        known: KnownChecks | None = None,
    ) -> None:
        torch.set_num_threads(1)  # checks work on tiny tensors: threads only wait for each other
        self._find_course = course
        self._course: Course | None = None
        self.secret = secret
        self._profile = PROFILE if shrink else UNSHRUNK
        self._check_seconds = check_seconds
        self.training = training
        self.submission: str | None = None
        self.subject: Subject | None = None
        self.apart: Callable[[WorkerLimits, str], Subject] | None = None
        self.hear: Callable[[int, int], None] = lambda done, total: None
        self._task: Task | None = None
        self._draw = functools.lru_cache(maxsize=DRAWN)(lambda make, *a, **options: make(*a, **options))
        self.outcomes: dict[str, Outcome] = {}
        self._items: list[pytest.Item] = []
        self._references: dict[str, Subject] = {}
        self._learned = Learned(known)
        self._tape = tape
        self._recordings: Recordings | None = None
        self._peak_memory = 0
        self.student = Student(LocalSubject({}))
        self.reference = Student(LocalSubject({}), ours=True)

    @property
    def course(self) -> Course:
        if self._course is None:
            self._course = self._find_course()
        return self._course

    def open_submission(self) -> None:
        """Start the submission named on pytest's command line, if one was."""
        if self.submission is None or self.subject is not None:
            return
        try:
            submission = load_submission(Path(self.submission), self.course.rubric)
            launcher = new_launcher()
            scene = Scenery(self.course).scene(submission)

            def open_apart(limits: WorkerLimits, device: str) -> Subject:
                subject = apart(submission, launcher, limits, device)
                subject.prepare(scene)
                return subject

            self.subject, self.apart = OwnedSubject(submission, launcher), open_apart
            self.subject.prepare(scene)
        except UsageError as e:
            raise pytest.UsageError(str(e)) from None

    def close_submission(self) -> None:
        if self.submission is not None and self.subject is not None:
            self.subject.close()

    # -- hooks

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Hypothesis reads its settings when a test is defined: choose them just before the module is imported."""
        if isinstance(collector, pytest.Module):
            settings.load_profile(self._profile if self._section_of(collector.path) else "default")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._items = items
        for item in items:
            if (
                self._section(item) is not None
            ):  # a warning in an answer is no fault, whatever the project's own rule
                item.add_marker(pytest.mark.filterwarnings("ignore"))
        self._seed_cases()

    def use_secret(self, secret: str) -> None:
        """From now on, generate the cases of another course secret."""
        if secret != self.secret:
            self.secret = secret
            self._learned.forget()
            self._references.clear()  # what they remember answers questions that are not asked again
            self._seed_cases()

    def _seed_cases(self) -> None:
        for item in self._items:
            function: Any = getattr(item, "obj", None)
            if self._section(item) is not None and hypothesis.is_hypothesis_test(function):
                hypothesis.seed(seed_of(self.secret, _check_name(item)))(function)
                self._learned.watch(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        task = item.funcargs.get("task") if isinstance(item, pytest.Function) else None
        self._task = task if isinstance(task, Task) else None
        section = self._section(item)
        if section is None:
            return (yield)
        if self._task is None:
            self._enter(section, _check_name(item))
            return (yield from self._learned.hear(item))
        with self._trainer(section, item, self._task):
            result = yield
        if self._task.undecided:
            with self._trainer(section, item, self._task):
                item.runtest()
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """A property whose cases are known is tried on them first; hypothesis runs it when one of them fails."""
        section = self._section(pyfuncitem)
        if section is None or not hypothesis.is_hypothesis_test(pyfuncitem.obj):
            return None
        if self.course.sealed is not None:
            self._judge_recorded(section, pyfuncitem)
            return True
        if self._learned.knows(pyfuncitem):
            if self._learned.holds(pyfuncitem):
                return True
            (self.subject or self._reference_subject(section)).start_anew()
            self._enter(section, _check_name(pyfuncitem))
        cases = self._generated(pyfuncitem)
        if self._tape is not None:
            self._tape.generated(pyfuncitem.name, cases)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        section = self._section(item)
        if section is None or (call.when != "call" and call.excinfo is None):
            return report
        error = call.excinfo.value if call.excinfo else None
        outcome = self._outcome(item, error, call.duration)
        self.outcomes[outcome.check] = outcome
        if isinstance(error, (Disagreement, StudentFault, StudentHalt)):
            report.longrepr = f"{outcome.sentence}\n{outcome.status}: {outcome.message}"
        return report

    # -- for the engine

    def ask_ahead(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """Judge a check by asking what is known to be asked. The tests that this leaves open are to be run."""
        self._task = None
        name, section = _check_name(items[0]), self._section(items[0])
        self._learned.recall(name, self.secret, items)
        if not self._learned.can_ask(items) or self.subject is None or section is None:
            return items
        self._enter(section, name)
        return self._learned.ask_ahead(self.subject, items)

    def passed(self, items: list[pytest.Item]) -> None:
        """A check was passed: later runs may know how."""
        if self._task is None:
            self._learned.remember(_check_name(items[0]), self.secret, items)

    def settled(self, item: pytest.Item) -> Outcome:
        """The outcome of a check that `ask_ahead` left nothing open of."""
        return self._outcome(item, None, 0.0)

    # -- inside

    def _generated(self, item: pytest.Function) -> tuple[Case, ...]:
        """Run a property under hypothesis. Where time is up while it looks for a smaller failure, the last one is reported."""
        failures: deque[tuple[Exception, Call | None]] = deque(maxlen=1)
        try:
            return self._learned.generate(item, lambda e: failures.append((e, self.student._last_call())))
        except CheckTimedOut:
            if not failures:
                raise
        error, call = failures[0]
        self.student._recall(call)
        raise error

    def _judge_recorded(self, section: Section, item: pytest.Function) -> None:
        """In a sealed course: the recorded cases. What fails is tried once more on a process that was asked nothing yet."""
        cases = self._recorded(_check_name(item)).cases.get(item.name)
        if cases is None:
            raise NotRecorded("the cases of this check are not recorded: your instructor's run decides")
        if self._learned.holds_on(item, cases):
            return
        (self.subject or self._reference_subject(section)).start_anew()
        self._enter(section, _check_name(item))
        self._learned.judge(item, cases)

    def _recorded(self, check: str) -> Recorded:
        assert self.course.sealed is not None  # only sealed courses have recordings
        if self._recordings is None:
            self._recordings = Recordings(self.course.sealed)
        return self._recordings.of(check)

    def _enter(self, section: Section, name: str) -> None:
        """A check begins on the subject and on the reference."""
        reference = self._reference_subject(section)
        subject = self.subject or reference
        for each in (reference, subject):
            each.begin_check(self._check_seconds)
        if self._tape is not None:
            self._tape.begin(name)
        if isinstance(reference, RecordedSubject):
            reference.answer_from(self._recorded(name))
        here = self._place(section, name, self._seed(name), (self.course.support_file(section),))
        learns = self.course.sealed is None and subject is not reference
        self.reference._enter(reference, here)
        self.student._enter(self._learned.listen(subject if learns else None) or subject, here)

    @contextlib.contextmanager
    def _trainer(self, section: Section, item: pytest.Item, task: Task) -> Iterator[None]:
        """A training check begins, on a process of its own with its own limits."""
        name, setting = _check_name(item), self.training
        assert setting is not None  # new_task
        rule = self._budget(name, setting)
        reference = self._reference_subject(section)
        limits = WorkerLimits(call_seconds=rule.seconds, patience=PATIENCE, memory=rule.memory << 20)
        subject = self.apart(limits, setting.device) if self.apart else reference
        subject.hear = self.hear
        here = self._place(section, name, task.seed("calls"), self.course.training_support(section))
        began, before = time.monotonic(), subject.usage()
        try:
            subject.begin_check(limits.wall_seconds)
            self.reference._enter(reference, here)
            self.student._enter(subject, here)
            yield
        finally:
            after = subject.usage()
            task.took(time.monotonic() - began, after.cpu_seconds - before.cpu_seconds)
            self._peak_memory = max(self._peak_memory, after.peak_memory)
            if subject is not reference:
                subject.close()

    def new_task(self, item: pytest.Item) -> Task:
        """What a training check is given. Raises CourseError when rubric.yaml knows of no training there."""
        if self.training is None:
            pytest.skip("it trains; --train runs it")
        name = _check_name(item)
        self._peak_memory = 0
        rule, setting = self._train_rule(name), self.training
        setting = replace(setting, size=rule.on(setting.data).size(setting.size))
        store, catalogue = Store(Path(setting.folder)), self.course.catalogue
        real = rule.real.sets if rule.real is not None and setting.data == "real" else ()
        sets = {n: store.folder(catalogue.named(n)) for n in real}
        return Task(name, self._budget(name, setting), setting, self.secret, self._draw, sets)

    def _budget(self, name: str, setting: Setting) -> Budget:
        return self._train_rule(name).on(setting.data).budget(setting.size)

    def _train_rule(self, name: str) -> TrainRule:
        place = self.course.rubric.check_places.get(name)
        if place is None or place[2].train is None:
            raise CourseError(f"rubric.yaml has no item with `train` and the check {name}")
        return place[2].train

    def _seed(self, check: str) -> int:
        return self._recorded(check).seed if self.course.sealed else seed_of(self.secret, check)

    def _place(self, section: Section, name: str, seed: int, support: tuple[Path, ...]) -> Place:
        place = self.course.rubric.check_places.get(name)
        exercise = place[1].id if place else None
        return Place(section.module, exercise, seed, section.aliases(), support)

    def _outcome(self, item: pytest.Item, error: BaseException | None, seconds: float) -> Outcome:
        name = _check_name(item)
        place = self.course.rubric.check_places.get(name)
        exercise, part = (place[1].id, place[2].id) if place else ("", "")
        found = verdict(error, self.student._last_call())
        function = getattr(item, "obj", None)
        training = self._task.record(self._peak_memory) if self._task else None
        return Outcome(
            name,
            exercise,
            part,
            sentence=sentence(function),
            output=self._printed() if error is not None else "",
            seconds=seconds,
            training=training,
            **found,
        )

    def _printed(self) -> str:
        """The end of what the student's code printed during the check: the smallest counterexample ran last."""
        text = self.subject.output() if isinstance(self.subject, ProcessSubject) else ""
        return text.strip()[-MOST_PRINTED:]

    def _section(self, item: pytest.Item) -> Section | None:
        """The section whose check `item` is; None for tests that are not checks of the course."""
        return self._section_of(item.path)

    def _section_of(self, path: Path) -> Section | None:
        if path.parent.name not in ("exercises", "train"):
            return None
        if path.parent not in (self.course.tests, self.course.training):
            return None
        module = path.stem.removeprefix("test_").removeprefix("train_")
        return next((s for s in self.course.rubric.sections if s.module == module), None)

    def _reference_subject(self, section: Section) -> Subject:
        if section.module not in self._references:
            self._references[section.module] = self._new_reference(section)
        return self._references[section.module]

    def _new_reference(self, section: Section) -> Subject:
        if self.course.sealed is not None:
            return RecordedSubject()
        module = self.course.reference(section)
        hear = self._tape.answer if self._tape else None
        return RememberingSubject({section.module: vars(module)}, hear)


def _check_name(item: pytest.Item) -> str:
    return getattr(item, "originalname", item.name).removeprefix("test_")
