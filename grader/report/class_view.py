"""A class's results → what an instructor wants to see: how it went, where it failed, who needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import mean, median

from grader.model import ClassResult, Outcome, Score, Status, StudentResult, SubmissionStatus
from grader.report.messages import translated
from grader.report.texts import submission_words, words
from grader.report.view import ExerciseView, ItemView, Report, State, view
from grader.rubric import Rubric

BINS = 10
MOST_MISTAKES, MOST_NAMES = 15, 12


@dataclass(frozen=True)
class ExerciseRow:
    """One exercise over the class: how many students stand where, the mean share of its automatic points (None when it has
    none: what nobody read is not zero), and the median time of the checks of those who tried."""

    id: str
    title: str
    counts: dict[State, int]
    share: float | None
    seconds: float

    @property
    def attempted(self) -> int:
        """Students who handed anything in for it and were judged."""
        return sum(self.counts.get(s, 0) for s in (State.PASSED, State.PARTIAL, State.FAILED))

    @property
    def pass_rate(self) -> float | None:
        """Share of those who tried that got all automatic points; None when nobody tried."""
        return self.counts.get(State.PASSED, 0) / self.attempted if self.attempted else None


@dataclass(frozen=True)
class Mistake:
    """A property that failed for several students, with the message most of them read and one example."""

    exercise: str
    item: str
    check: str
    sentence: str
    students: tuple[str, ...]
    message: str
    example: Outcome


@dataclass(frozen=True)
class Attention:
    """Something about a student that a person has to look at."""

    student: str
    what: str
    detail: str


@dataclass(frozen=True)
class ClassReport:
    """
    bins      students by share of their points, ten bins from 0–10 % to 90–100 %
    waiting   written answers that nobody has read: exercise → number
    """

    language: str
    course: str
    statuses: dict[SubmissionStatus, int]
    bins: tuple[int, ...]
    mean: float | None
    median: float | None
    possible: float
    exercises: tuple[ExerciseRow, ...]
    mistakes: tuple[Mistake, ...]
    attention: tuple[Attention, ...]
    waiting: dict[str, int]


def class_view(result: ClassResult, rubric: Rubric, language: str) -> ClassReport:
    """Everything a class report shows. Only graded submissions count in the distribution: nothing else is a zero."""
    reports = {s.student: view(s.score, rubric, language) for s in result.students if s.score is not None}
    graded = [s.score for s in result.students if s.status is SubmissionStatus.GRADED and s.score is not None]
    shares = [s.confirmed / s.possible for s in graded if s.possible]
    return ClassReport(
        language,
        rubric.course.title.in_language(language),
        dict(Counter(s.status for s in result.students)),
        _bins(shares),
        mean(s.confirmed for s in graded) if graded else None,
        median(s.confirmed for s in graded) if graded else None,
        max((s.possible for s in graded), default=0.0),
        tuple(_exercises(reports.values())),
        tuple(_mistakes(reports)),
        tuple(_attention(result.students, reports, language)),
        _waiting(reports.values()),
    )


def _bins(shares: Iterable[float]) -> tuple[int, ...]:
    counts = Counter(min(BINS - 1, int(share * BINS + 1e-9)) for share in shares)
    return tuple(counts.get(b, 0) for b in range(BINS))


def _exercises(reports: Iterable[Report]) -> Iterator[ExerciseRow]:
    by_id: dict[str, list[ExerciseView]] = {}
    for report in reports:
        for exercise in report.exercises:
            by_id.setdefault(exercise.id, []).append(exercise)
    for id, views in by_id.items():
        judged = [e for e in views if e.state is not State.GRADER_ERROR and e.automatic]
        tried = [e for e in judged if e.state in (State.PASSED, State.PARTIAL, State.FAILED)]
        yield ExerciseRow(
            id,
            views[0].title,
            dict(Counter(e.state for e in views)),
            mean(_automatic_share(e) for e in judged) if judged else None,
            median(e.seconds for e in tried) if tried else 0.0,
        )


def _automatic_share(exercise: ExerciseView) -> float:
    return sum(i.earned for i in exercise.automatic) / sum(i.possible for i in exercise.automatic)


def _mistakes(reports: dict[str, Report]) -> Iterator[Mistake]:
    found: dict[str, list[tuple[str, ItemView, Outcome]]] = {}
    for student, report in reports.items():
        for item in (i for e in report.exercises for i in e.items):
            outcome = item.failure
            if outcome and outcome.status not in (Status.NOT_ATTEMPTED, Status.SKIPPED, Status.GRADER_ERROR):
                found.setdefault(outcome.check, []).append((student, item, outcome))
    most = sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0]))[:MOST_MISTAKES]
    for check, cases in most:
        message, _ = Counter(o.message for _, _, o in cases).most_common(1)[0]
        item, example = next((i, o) for _, i, o in cases if o.message == message)
        yield Mistake(
            item.exercise,
            item.title,
            check,
            item.sentence,
            tuple(sorted(s for s, _, _ in cases)),
            message,
            example,
        )


def _attention(
    students: Iterable[StudentResult], reports: dict[str, Report], language: str
) -> Iterator[Attention]:
    _ = words(language).gettext
    said = submission_words(language)
    for student in sorted(students, key=lambda s: s.student):
        if student.status is not SubmissionStatus.GRADED:
            yield Attention(student.student, said[student.status], translated(student.message, language))
            continue
        for item in (i for e in reports[student.student].exercises for i in e.items):
            if item.status in (Status.FLAKY, Status.FORBIDDEN, Status.TIMED_OUT, Status.OUT_OF_MEMORY):
                detail = item.failure.message if item.failure else ""
                yield Attention(student.student, f"{item.exercise} {item.title}: {item.said}", detail)


def _waiting(reports: Iterable[Report]) -> dict[str, int]:
    counts = Counter(i.exercise for r in reports for e in r.exercises for i in e.items if i.waits)
    return dict(sorted(counts.items(), key=lambda entry: [int(n) for n in entry[0].split(".")]))


def own_code(score: Score) -> str:
    """A student's definitions one after the other, for comparing."""
    return "\n\n".join(c.source for c in score.code)
