"""Outcomes and written answers → Score. Pure: no clock, no file, no student code; exact until it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from grader.disclosure import disclosed
from grader.excerpts import excerpts
from grader.findings import Findings, Verdict, verdicts_of
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
    by_exercise: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_exercise.setdefault(outcome.exercise, []).append(outcome)
    found = Scorer(rubric, exercises).score(
        submission,
        {exercise: Findings.of(members).verdicts for exercise, members in by_exercise.items()},
        remarks=submission.remarks if remarks is None else remarks,
        code=excerpts(submission, rubric) if code is None else code,
        late=late,
    )
    rules = {(e.id, i.id): i for _, e, i in rubric.rows()}
    items = []
    for item in found.items:
        rule = rules[item.exercise, item.item]
        members = (o for o in by_exercise.get(item.exercise, ()) if o.item == item.item and not rule.written)
        told = (disclosed(o, rubric.show_of(rule, o.check)) for o in members)
        items.append(replace(item, outcomes=tuple(told)))
    return replace(found, items=tuple(items))


class Scorer:
    """Points for submissions of one course, exercise by exercise; its items have no outcomes.

    An item earns its points when every outcome passed; an answer right by another convention earns
    `convention_credit` of them. Written answers earn nothing until a person confirms: their suggestion is apart.
    """

    def __init__(self, rubric: Rubric, exercises: frozenset[str] | None = None) -> None:
        self._rubric = rubric
        self._exercises = [
            e for e in rubric.exercises.values() if e.items and (exercises is None or e.id in exercises)
        ]
        self.asked = {f for e in self._exercises for i in e.items for f in i.functions}
        self._known: dict[tuple[str, str], tuple[ItemScore, ...]] = {}
        """of those who wrote nothing: in a class few of them differ"""

    def score(
        self,
        submission: Submission,
        verdicts: Mapping[str, str],
        *,
        remarks: tuple[Remark, ...],
        code: tuple[Code, ...],
        late: Late | None,
    ) -> Score:
        """
        verdicts  exercise id → what its items came to (`Findings.verdicts`)
        """
        items: list[ItemScore] = []
        for exercise in self._exercises:
            items += self._items(exercise, verdicts.get(exercise.id, "[]"), submission.written(exercise.id))
        code = tuple(c for c in code if c.function in self.asked)
        return Score(submission.name, tuple(items), remarks, code, late)

    def _items(self, exercise: Exercise, verdicts: str, answer: str) -> tuple[ItemScore, ...]:
        place = (exercise.id, verdicts)
        if not answer and place in self._known:
            return self._known[place]
        came_to = verdicts_of(verdicts)
        found = tuple(
            _answered(exercise, i, answer) if i.written else self._scored(exercise, i, came_to.get(i.id))
            for i in exercise.items
        )
        if not answer:
            self._known[place] = found
        return found

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
