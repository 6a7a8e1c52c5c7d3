"""What is known already and what is left to do: the gradebook is asked before anything is read or run.

files ──digest──▶ reading (known, or read now) ──keys──▶ examinations (known, or examined now)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.course import Course
from grader.errors import SubmissionError
from grader.excerpts import excerpts
from grader.findings import json_bytes
from grader.fingerprint import Keys, bytes_digest, code_digests, digest, reading_digest
from grader.gradebook import Examination, Gradebook, Reading, Run
from grader.intake import Handin
from grader.loader import File, read_submission
from grader.model import Outcome, Status, Submission

AT_A_TIME = 200
"""submissions whose outcomes are in memory together"""


@dataclass(frozen=True)
class Planned:
    """A submission, and what the gradebook knows of it.

    files    digest of its files, "" when they cannot be read
    reading  what they were read as; None when they have to be read
    keys     exercise → key by the text of its code; empty while the reading is unknown
    meanings exercise → key by the meaning of its code; full marks stand under it
    kept     exercise → an examination that may be reused
    """

    handin: Handin
    files: str = ""
    reading: Reading | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, Examination] = field(default_factory=dict)

    @property
    def student(self) -> str:
        return self.handin.received.student

    @property
    def todo(self) -> tuple[str, ...]:
        """Exercises that have to be examined."""
        return tuple(e for e in self.keys if e not in self.kept)

    @property
    def is_done(self) -> bool:
        return self.reading is not None and (bool(self.reading.problem) or not self.todo)

    def examination(self, exercise: str, outcomes: Sequence[Outcome], run: Run) -> Examination:
        """What was found now, under the key for which it is true: full marks without a remark for all code of that meaning."""
        alike = not run.remarks and all(o.status is Status.PASSED for o in outcomes)
        key = self.meanings.get(exercise) if alike else None
        return Examination.of(key or self.keys[exercise], exercise, outcomes, run)

    def known_failures(self) -> dict[str, dict[str, Status]]:
        """What is reused may explain why something else fails: exercise → item → its first bad status."""
        found: dict[str, dict[str, Status]] = {}
        for exercise, examination in self.kept.items():
            bad = [o for o in examination.outcomes if o.status is not Status.PASSED]
            found[exercise] = {o.item: o.status for o in reversed(bad)}
        return found


class Planner:
    """Plans for one course and one way to grade.

    full  notebooks are read for a run of every cell
    anew  whether nothing of a submission that was read or examined before is reused
    """

    def __init__(
        self,
        course: Course,
        book: Gradebook,
        keys: Keys,
        *,
        full: bool,
        anew: Callable[[Handin], bool],
    ) -> None:
        self._rubric, self._book, self._keys = course.rubric, book, keys
        self._full, self._anew = full, anew
        self._reader = digest(reading_digest(course.rubric), full)

    def plans(self, handins: Iterable[Handin]) -> Iterator[Planned]:
        """A plan for each submission; nothing is parsed yet."""
        for some in _batches(handins):
            plans = [_digested(h) for h in some]
            files = {p.files for p in plans if not self._anew(p.handin)}
            known = self._book.readings(files, self._reader)
            yield from self._with_examinations([self._keyed(p, known.get(p.files)) for p in plans])

    def read(self, plan: Planned) -> tuple[Planned, Submission]:
        """Parse a submission, write down what it was read as, and look again what is known of it."""
        submission, reading = self._read(plan)
        if plan.files:
            self._book.keep_reading(plan.files, self._reader, reading)
        (plan,) = self._with_examinations([self._keyed(plan, reading)])
        return plan, submission

    def definitions(self, plan: Planned) -> Submission:
        """A submission that was read before, as it is read for a run of its definitions."""
        received = plan.handin.received
        return read_submission(plan.handin.read(), self._rubric, name=received.student, shown=received.source)

    # -- inside

    def _read(self, plan: Planned) -> tuple[Submission, Reading]:
        received = plan.handin.received
        try:
            submission = read_submission(
                plan.handin.read(),
                self._rubric,
                name=received.student,
                shown=received.source,
                run="full" if self._full else "definitions",
            )
        except SubmissionError as e:
            return Submission(received.student, ()), Reading(problem=str(e))
        codes = code_digests(submission, self._rubric, None, full=self._full)
        prose = {e: t for e in self._rubric.exercises if (t := submission.written(e))}
        code = {c.function: json_bytes(vars(c)).decode() for c in excerpts(submission, self._rubric)}
        return submission, Reading(codes.text, prose, submission.remarks, code=code, meanings=codes.meaning)

    def _keyed(self, plan: Planned, reading: Reading | None) -> Planned:
        if reading is None or reading.problem:
            return replace(plan, reading=reading)
        keys, meanings = self._keys.of_code(reading.codes), {}
        if reading.meanings:
            meanings = self._keys.of_code(reading.meanings)
        return replace(plan, reading=reading, keys=keys, meanings=meanings)

    def _with_examinations(self, plans: list[Planned]) -> list[Planned]:
        may = [p for p in plans if not self._anew(p.handin)]
        keys = {k for p in may for found in (p.keys, p.meanings) for k in found.values()}
        usable = {key: e for key, e in self._book.examinations(keys).items() if e.settled}
        return [p if self._anew(p.handin) else _keeping(p, usable) for p in plans]


def _keeping(plan: Planned, usable: Mapping[str, Examination]) -> Planned:
    """What was found of the very text comes before what was found of code of the same meaning."""
    found = {e: usable.get(k) or usable.get(plan.meanings.get(e, "")) for e, k in plan.keys.items()}
    return replace(plan, kept={e: examination for e, examination in found.items() if examination})


def _batches(handins: Iterable[Handin]) -> Iterator[list[Handin]]:
    some: list[Handin] = []
    for handin in handins:
        some.append(handin)
        if len(some) == AT_A_TIME:
            yield some
            some = []
    if some:
        yield some


def _digested(handin: Handin) -> Planned:
    try:
        return Planned(handin, files_digest(handin.read()))
    except SubmissionError as e:
        return Planned(handin, reading=Reading(problem=str(e)))


def files_digest(files: Iterable[File]) -> str:
    """Of the names and contents of a submission's files."""
    return digest([[f.path, bytes_digest(f.data) if f.data is not None else "", f.problem] for f in files])
