"""Outcomes and written answers → Score. Pure: no clock, no file, no student code; exact until it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from grader.disclosure import disclosed
from grader.excerpts import excerpts
from grader.findings import Verdict
from grader.model import Code, ItemScore, Late, Outcome, Remark, Score, Status, Submission
from grader.rubric import Exercise, Item, Rubric
from grader.written import LONGEST, key_points, suggested_share


def score(
    rubric: Rubric,
    submission: Submission,
    outcomes: Iterable[Outcome],
    *,
    exercises: frozenset[str] | None = None,
    remarks: tuple[Remark, ...] | None = None,
    code: tuple[Code, ...] | None = None,
    late: Late | None = None,
) -> Score:
    """Fold outcomes into points, as `Scorer` does; the items have what of their outcomes may be told.

    code  the submission's excerpts, when they are known already
    late  what is taken off (grader.lateness)
    """
    by_item: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        by_item.setdefault((outcome.exercise, outcome.item), []).append(outcome)
    found = Scorer(rubric, exercises).score(
        submission,
        {place: Verdict.of(members) for place, members in by_item.items()},
        remarks=submission.remarks if remarks is None else remarks,
        code=excerpts(submission, rubric) if code is None else code,
        late=late,
    )
    rules = {(e.id, i.id): i for _, e, i in rubric.rows()}
    items = []
    for item in found.items:
        place = (item.exercise, item.item)
        told = (disclosed(o, rubric.show_of(rules[place], o.check)) for o in by_item.get(place, ()))
        items.append(item if rules[place].written else replace(item, outcomes=tuple(told)))
    return replace(found, items=tuple(items))


class Scorer:
    """Points for submissions of one course, exercise by exercise; its items have no outcomes.

    An item earns its points when every outcome passed; an answer right by another convention earns
    `convention_credit` of them. Written answers earn nothing until a person confirms: their suggestion is apart.
    """

    def __init__(self, rubric: Rubric, exercises: frozenset[str] | None = None) -> None:
        self._rubric = rubric
        self._rows = [(e, i) for _, e, i in rubric.rows() if exercises is None or e.id in exercises]
        self._asked = {f for _, item in self._rows for f in item.functions}
        self._known: dict[tuple[str, str, Verdict | None], ItemScore] = {}
        self._blank: dict[tuple[str, str], ItemScore] = {}
        """students have most items in common"""

    def score(
        self,
        submission: Submission,
        verdicts: Mapping[tuple[str, str], Verdict],
        *,
        remarks: tuple[Remark, ...],
        code: tuple[Code, ...],
        late: Late | None,
    ) -> Score:
        """
        verdicts  (exercise id, item id) → what its checks came to
        """
        items = [
            self._written(submission, exercise, item)
            if item.written
            else self._automatic(exercise, item, verdicts.get((exercise.id, item.id)))
            for exercise, item in self._rows
        ]
        code = tuple(c for c in code if c.function in self._asked)
        return Score(submission.name, tuple(items), remarks, code, late)

    def _written(self, submission: Submission, exercise: Exercise, item: Item) -> ItemScore:
        if text := submission.written(exercise.id):
            return _answered(exercise, item, text)
        place = (exercise.id, item.id)
        if place not in self._blank:
            self._blank[place] = _answered(exercise, item, "")
        return self._blank[place]

    def _automatic(self, exercise: Exercise, item: Item, verdict: Verdict | None) -> ItemScore:
        place = (exercise.id, item.id, verdict)
        if place not in self._known:
            self._known[place] = self._scored(exercise, item, verdict)
        return self._known[place]

    def _scored(self, exercise: Exercise, item: Item, verdict: Verdict | None) -> ItemScore:
        if verdict is None:  # a check that never reported must not pass for a zero
            verdict = Verdict(Status.NOT_RUN if item.train or item.withheld else Status.GRADER_ERROR)
        status = verdict.status
        if status is Status.PASSED and item.withheld:
            status = Status.NOT_RUN  # what is public holds; the rest of it is judged elsewhere
        share = 1.0 if status is Status.PASSED else 0.0
        if status is Status.FAILED and verdict.by_convention:
            share = self._rubric.course.convention_credit
        return ItemScore(exercise.id, item.id, status, share * item.points, 0.0, item.points)


def _answered(exercise: Exercise, item: Item, text: str) -> ItemScore:
    points = key_points(item, text)
    status = None if text else Status.NOT_ATTEMPTED
    return ItemScore(
        exercise.id,
        item.id,
        status,
        0.0,
        suggested_share(points) * item.points,
        item.points,
        key_points=points,
        answer=text[:LONGEST],
    )
