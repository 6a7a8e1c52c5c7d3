"""Grades a class: what the gradebook knows is taken from it, the rest is examined by an executor, several at a time.

Each result is in the gradebook before the batch goes on, so that a process that is killed loses only what was being
examined. The folder of results is written from the gradebook's values alone, and comes out the same in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from grader.batch.output import Output, refuse_alike
from grader.batch.plan import Planned, Planner
from grader.batch.show import Show
from grader.course import DEFAULT_SECRET, Course, find_course
from grader.errors import UsageError
from grader.executors import Done, Executor, Job, LocalExecutor, Lost, Setting, default_jobs
from grader.findings import Findings, Policy
from grader.fingerprint import Keys
from grader.gradebook import Examination, Gradebook, Recorded, Run
from grader.intake import Handin, Intake, collect
from grader.lateness import lateness
from grader.launch import SpawnLauncher
from grader.model import ClassResult, Outcome, Status, StudentResult, SubmissionStatus
from grader.report.stored import student_result
from grader.rubric import Item
from grader.scoring import Scorer

if TYPE_CHECKING:
    from grader import training  # it imports torch


@dataclass(frozen=True)
class Options:
    """What a batch is asked for.

    jobs       how many submissions at a time; None for as many as the machine takes
    gradebook  URL of a database; "" for a file in the folder of results
    force      examine everything anew
    only       students to examine; of the others the gradebook's results stay
    layout     how the submissions lie on disk, or "auto"
    dask       address of a scheduler, or "local" for a cluster of its own; "" for processes of this machine
    training   says how training tasks are run, when torch is there; without, they are not
    least      the level of the sandbox without which nothing is run
    language   of what is said meanwhile
    """

    exercises: Sequence[str] = ()
    full: bool = False
    course: Path | None = None
    jobs: int | None = None
    gradebook: str = ""
    force: bool = False
    only: Sequence[str] = ()
    layout: str = "auto"
    dask: str = ""
    roster: Path | None = None
    training: Callable[[], training.Setting] | None = None
    least: int = 2
    language: str = "en"


def grade_class(submissions: Path, out: Path, options: Options, console: Console) -> ClassResult:
    """Grade every submission; write `out`/grades.csv, grades.json and `out`/students/NAME.json.

    Raises UsageError before anything runs when the submissions or `out` cannot be used. Ctrl-C ends it with the tables
    of what is finished.
    """
    course = find_course(options.course)
    chosen = course.rubric.select(options.exercises)
    columns = tuple(e for e in course.rubric.exercises if chosen is None or e in chosen)
    intake = collect(submissions, layout=options.layout, roster=options.roster)
    _check(intake, options.only, submissions)
    with (
        Output(out, course.rubric, columns) as output,
        closing(Gradebook.at(options.gradebook or out / "gradebook.sqlite")) as book,
        Show(console, len(intake.handins), options.language) as show,
    ):
        show.notes(intake.notes)
        batch = _Batch(course, chosen, options, book, output, show, submissions)
        try:
            batch.run(intake)
        finally:  # also after Ctrl-C
            result = output.tables()
            show.notes(show.summary())
    return result


def _check(intake: Intake, only: Sequence[str], where: Path) -> None:
    students = [h.received.student for h in intake.handins]
    refuse_alike(students, where)
    unknown = [name for name in only if name not in students]
    if unknown:
        raise UsageError(
            f"--only {unknown[0]}: no submission of that name; there are {', '.join(students[:10])}"
        )


class _Batch:
    def __init__(
        self,
        course: Course,
        chosen: frozenset[str] | None,
        options: Options,
        book: Gradebook,
        output: Output,
        show: Show,
        submissions: Path,
    ) -> None:
        self._submissions = submissions
        self._course, self._chosen, self._options = course, chosen, options
        self._training = options.training() if options.training else None
        if self._training is not None:
            from grader.training import require_sets  # torch is there by now

            require_sets(course, chosen, self._training)
        self._book, self._output, self._show = book, output, show
        self._planner = Planner(
            course,
            book,
            Keys.of(
                course,
                chosen,
                secret=DEFAULT_SECRET,
                device=self._training.device if self._training else "cpu",
                full=options.full,
                training=(self._training.size, self._training.data) if self._training else (),
            ),
            full=options.full,
            anew=self._is_anew,
        )
        self._scorer, self._policy = Scorer(course.rubric, chosen), Policy(course.rubric)
        self._recorded: Mapping[tuple[str, str], Recorded] = {}
        self._running: dict[str, Planned] = {}

    def run(self, intake: Intake) -> None:
        self._recorded = self._book.recorded(self._course.rubric.course.id)
        waiting: list[Planned] = []
        for plan in self._planner.plans(intake.handins):
            if plan.is_done:
                self._finish(plan, {}, reused=True)
            elif self._is_wanted(plan.handin):
                waiting.append(plan)
        for person in intake.missing:
            row = StudentResult(person.ident, SubmissionStatus.MISSING, "nothing handed in", name=person.name)
            self._output.finished(row, datetime.fromtimestamp(0, UTC))
        if waiting:
            self._examine(waiting)

    def _is_wanted(self, handin: Handin) -> bool:
        return not self._options.only or handin.received.student in self._options.only

    def _is_anew(self, handin: Handin) -> bool:
        return self._options.force and self._is_wanted(handin)

    # -- examining

    def _examine(self, waiting: list[Planned]) -> None:
        if not self._options.dask:  # there, the examiners' machines count
            self._refuse_weak()
        executor = self._executor(len(waiting))
        try:
            for result in executor.run(self._jobs(waiting), self._show.begun):
                plan = self._running.pop(result.job.name)
                if isinstance(result, Done):
                    self._record(plan, result)
                else:
                    self._quarantine(plan, result)
        finally:
            executor.close()

    def _refuse_weak(self) -> None:
        """Before an hour of work: what the system gives. Every examiner proves it for itself, too."""
        launcher = SpawnLauncher()
        try:
            level = launcher.level
        finally:
            launcher.close()
        if level < self._options.least:
            raise UsageError(
                f"the sandbox reaches level {level} on this machine, and a batch wants level {self._options.least}: "
                "grade doctor says how to get it"
                + ("; --allow-weak grades without it" if self._options.least == 2 else "")
            )

    def _executor(self, waiting: int) -> Executor:
        ids = None if self._chosen is None else tuple(sorted(self._chosen))
        chosen = self._training
        tasks = (chosen.size, chosen.device, chosen.data, chosen.folder) if chosen else None
        hidden = [str(self._submissions.resolve()), str(self._output.folder.resolve())]
        hidden += [chosen.folder] if chosen and chosen.folder else []
        setting = Setting(
            str(self._course.root),
            DEFAULT_SECRET,
            ids,
            self._options.full,
            tasks,
            tuple(hidden),
            self._options.least,
        )
        jobs = min(self._options.jobs or default_jobs(), waiting)
        return (
            _dask(setting, self._options.dask, jobs) if self._options.dask else LocalExecutor(setting, jobs)
        )

    def _jobs(self, waiting: list[Planned]) -> Iterator[Job]:
        """Submissions are read while earlier ones are examined."""
        for plan in waiting:
            plan, submission = self._planner.read(plan)
            if plan.is_done:
                self._output.log(plan.student, _log(plan))
                self._finish(plan, {}, reused=False)
                continue
            self._running[plan.student] = plan
            yield Job.of(
                submission,
                plan.todo,
                plan.known_failures(),
                full=self._options.full,
                definitions=self._planner.definitions(plan)
                if self._training and self._options.full
                else None,
                resources={"GPU": 1} if self._on_gpu else None,
            )

    @property
    def _on_gpu(self) -> bool:
        return self._training is not None and self._training.device != "cpu"

    def _record(self, plan: Planned, done: Done) -> None:
        found: dict[str, Examination] = {}
        runs = []
        for result in done.runs:
            run = Run(result.remarks, result.executed)
            examinations = [
                plan.examination(e, outcomes, run) for e, outcomes in result.outcomes.items() if outcomes
            ]
            runs.append((run, examinations))
            found |= {e.exercise: e for e in examinations}
        self._output.log(plan.student, _log(plan, done))
        self._finish(plan, found, examined=runs)

    def _quarantine(self, plan: Planned, lost: Lost) -> None:
        """A fault of ours for everything that was to be examined: never a zero, and tried again next time."""
        found = {}
        for exercise in plan.todo:
            items = [i for i in self._course.rubric.exercises[exercise].items if self._runs(i)]
            outcomes = tuple(
                Outcome(i.checks[0].name, exercise, i.id, Status.GRADER_ERROR, message=lost.reason)
                for i in items
            )
            found[exercise] = Examination.of(plan.keys[exercise], exercise, outcomes, settled=False)
        self._output.log(plan.student, [lost.reason])
        self._finish(plan, found, examined=[(Run(), list(found.values()))])

    def _runs(self, item: Item) -> bool:
        return bool(item.checks) and (item.train is None or self._training is not None)

    # -- finishing

    def _finish(
        self,
        plan: Planned,
        found: Mapping[str, Examination],
        *,
        examined: Sequence[tuple[Run, Sequence[Examination]]] = (),
        reused: bool = False,
    ) -> None:
        """Write a submission down, then its files."""
        assert plan.reading is not None  # it was read, or is known
        graded_at = self._write_down(plan, examined)
        examinations = [e for id in plan.keys if (e := found.get(id) or plan.kept.get(id))]
        told = {e.exercise: self._policy.told(e.exercise, e.found) for e in examinations}
        result = self._result(plan, examinations, told)
        code = [line for name, line in plan.reading.code.items() if name in self._scorer.asked]
        self._output.finished(result, graded_at, told, code)
        if self._options.full and not plan.reading.problem:
            self._output.executed(plan.student, self._book.executed(plan.keys.values()))
        self._show.finished(result, reused=reused)

    def _write_down(self, plan: Planned, examined: Sequence[tuple[Run, Sequence[Examination]]]) -> datetime:
        assert plan.reading is not None  # as in _finish
        received, problem = plan.handin.received, plan.reading.problem
        reused = {e: found.key for e, found in plan.kept.items()}
        known = self._recorded.get((plan.student, plan.files))
        is_same = known is not None and (known.received, known.problem) == (received, problem)
        if known is not None and is_same and not examined and reused.items() <= known.keys.items():
            return known.graded_at
        now = datetime.now(UTC).replace(microsecond=0)
        self._book.record(
            self._course.rubric.course.id,
            received,
            plan.files,
            graded_at=now,
            problem=problem,
            reused=reused,
            examined=examined,
        )
        return now

    def _result(
        self, plan: Planned, examinations: Sequence[Examination], told: Mapping[str, Findings]
    ) -> StudentResult:
        assert plan.reading is not None  # as in _finish
        received = plan.handin.received
        if plan.reading.problem:
            result = StudentResult(plan.student, SubmissionStatus.UNUSABLE, plan.reading.problem)
        else:
            remarks = [*plan.reading.remarks, *(r for e in examinations for r in e.run.remarks)]
            score = self._scorer.score(
                plan.reading.submission(plan.student),
                {exercise: found.verdicts for exercise, found in told.items()},
                remarks=tuple(dict.fromkeys(remarks)),
                code=(),
                late=lateness(self._course.rubric.course.late, received.late, received.submitted_at),
            )
            outcomes = (  # looked at only after a fault of ours
                o
                for i in score.items
                for o in told.get(i.exercise, Findings()).outcomes(i.exercise)
                if o.item == i.item
            )
            result = student_result(plan.student, score, outcomes)
        return replace(
            result,
            name=received.name,
            late=received.late,
            attempt=received.attempt,
            submitted_at=received.submitted_at,
        )


def _dask(setting: Setting, address: str, jobs: int) -> Executor:
    try:
        from grader.executors.dask import DaskExecutor
    except ImportError as e:
        raise UsageError(
            f"--dask needs Dask ({e}); install it with: pip install 'd2l-vision-grader[dask]'"
        ) from e
    return DaskExecutor(setting, address, jobs)


def _log(plan: Planned, done: Done | None = None) -> Iterator[str]:
    """What happened, for whoever has to explain it later."""
    received = plan.handin.received
    yield f"{received.student}  {received.source}"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    yield f"examined {now} in {done.seconds:.2f} s" if done else f"read {now}"
    if plan.kept:
        yield f"as the same code before: {', '.join(plan.kept)}"
    for result in done.runs if done else ():
        for exercise, outcomes in result.outcomes.items():
            for o in outcomes:
                yield f"{exercise:10} {o.item:24} {o.check:48} {o.status:14} {o.seconds:8.3f} s  {o.message[:200]}"
        for remark in result.remarks:
            yield f"remark: {remark.where}: {remark.message}"
