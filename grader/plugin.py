"""pytest plugin: the fixtures `student` and `reference`, and one `Outcome` for each check that ran.

Graded properties are plain tests. `pytest tests/exercises --submission PATH` runs them on a submission;
without `--submission` the reference itself is the student, so that the course's tests are tests of the
reference. The engine uses the same plugin object and drives the loop itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import torch
from hypothesis import HealthCheck, Phase, settings

from grader.checks import Disagreement
from grader.course import Course, find_course
from grader.errors import StudentFault, StudentHalt, UsageError
from grader.host import WorkerSubject
from grader.launch import new_launcher
from grader.loader import load_submission
from grader.model import Outcome
from grader.rubric import Section
from grader.subject import LocalSubject, Place, Student, Subject
from grader.verdict import sentence, verdict

PROFILE = "grade"
UNSHRUNK = "grade-unshrunk"
CHECK_SECONDS = 60.0
DEFAULT_SECRET = "d2l"

settings.register_profile(
    PROFILE,
    max_examples=30,
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
    group.addoption(
        "--grade-secret", default=DEFAULT_SECRET, help="the seeds of the generated cases depend on it"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.has_plugin("grade-examination"):
        course_dir = config.getoption("grade_course")
        examination = Examination(
            lambda: find_course(Path(course_dir) if course_dir else None), config.getoption("--grade-secret")
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


def _examination(config: pytest.Config) -> Examination:
    found = config.pluginmanager.get_plugin("grade-examination")
    assert isinstance(found, Examination)  # registered in pytest_configure
    return found


def seed_of(secret: str, check: str) -> int:
    """The seed of a check: reproducible for the instructor, unpredictable for the student."""
    return int.from_bytes(hashlib.sha256(f"{secret}\0{check}".encode()).digest()[:7], "big")


class _OwnedSubject(WorkerSubject):
    """A worker that ends its launcher, too."""

    def close(self) -> None:
        super().close()
        self._launcher.close()


class Examination:
    """Runs checks against one subject at a time and turns each into an `Outcome`."""

    def __init__(
        self,
        course: Any,
        secret: str = DEFAULT_SECRET,
        *,
        shrink: bool = True,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        torch.set_num_threads(1)  # checks work on tiny tensors: threads only wait for each other
        self._find_course = course
        self._course: Course | None = None
        self.secret = secret
        self._profile = PROFILE if shrink else UNSHRUNK
        self._check_seconds = check_seconds
        self.submission: str | None = None
        self.subject: Subject | None = None
        self.outcomes: dict[str, Outcome] = {}
        self._references: dict[str, LocalSubject] = {}
        self.student = Student(LocalSubject({}))
        self.reference = Student(LocalSubject({}))

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
            self.subject = _OwnedSubject(submission, new_launcher())
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
        for item in items:
            function: Any = getattr(item, "obj", None)
            if self._section(item) is not None and hypothesis.is_hypothesis_test(function):
                hypothesis.seed(seed_of(self.secret, _check_name(item)))(function)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        section = self._section(item)
        if section is None:
            return
        name = _check_name(item)
        place = self.course.rubric.check_places.get(name)
        here = Place(
            module=section.module,
            exercise=place[1].id if place else None,
            seed=seed_of(self.secret, name),
            aliases=section.aliases(),
            support=self.course.support_file(section),
        )
        reference = self._reference_subject(section)
        reference.begin_check(self._check_seconds)
        subject = self.subject or reference
        subject.begin_check(self._check_seconds)
        self.reference._enter(reference, here)
        self.student._enter(subject, here)

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

    # -- inside

    def _outcome(self, item: pytest.Item, error: BaseException | None, seconds: float) -> Outcome:
        name = _check_name(item)
        place = self.course.rubric.check_places.get(name)
        exercise, part = (place[1].id, place[2].id) if place else ("", "")
        found = verdict(error, self.student._last_call())
        function = getattr(item, "obj", None)
        return Outcome(name, exercise, part, sentence=sentence(function), seconds=seconds, **found)

    def _section(self, item: pytest.Item) -> Section | None:
        """The section whose check `item` is; None for tests that are not checks of the course."""
        return self._section_of(item.path)

    def _section_of(self, path: Path) -> Section | None:
        if path.parent.name != "exercises" or path.parent != self.course.tests:
            return None
        module = path.stem.removeprefix("test_")
        return next((s for s in self.course.rubric.sections if s.module == module), None)

    def _reference_subject(self, section: Section) -> LocalSubject:
        if section.module not in self._references:
            module = self.course.reference(section)
            self._references[section.module] = LocalSubject({section.module: vars(module)})
        return self._references[section.module]


def _check_name(item: pytest.Item) -> str:
    return getattr(item, "originalname", item.name).removeprefix("test_")
