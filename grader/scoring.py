"""Outcomes and written answers → Score. Pure: no clock, no file, no student code; exact until it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from grader.disclosure import disclosed
from grader.excerpts import excerpts
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
    """Fold outcomes into points.

    An item earns its points when every outcome passed; an answer right by another convention earns
    `convention_credit` of them. Written answers earn nothing until a person confirms: their suggestion is apart.

    code  the submission's excerpts, when they are known already
    late  what is taken off (grader.lateness)
    """
    by_item: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        by_item.setdefault((outcome.exercise, outcome.item), []).append(outcome)
    items = []
    for _, exercise, item in rubric.rows():
        if exercises is not None and exercise.id not in exercises:
            continue
        if item.written:
            items.append(_written(submission, exercise, item))
        else:
            items.append(_automatic(rubric, exercise, item, by_item.get((exercise.id, item.id), [])))
    asked = {f for _, e, i in rubric.rows() if exercises is None or e.id in exercises for f in i.functions}
    code = excerpts(submission, rubric) if code is None else code
    code = tuple(c for c in code if c.function in asked)
    remarks = submission.remarks if remarks is None else remarks
    return Score(submission.name, tuple(items), remarks, code, late)


def _automatic(rubric: Rubric, exercise: Exercise, item: Item, outcomes: list[Outcome]) -> ItemScore:
    found = [o.status for o in outcomes if o.status is not Status.PASSED]
    status = next((s for s in found if s is not Status.NOT_RUN), Status.NOT_RUN if found else Status.PASSED)
    if not outcomes:  # a check that never reported must not pass for a zero
        status = Status.NOT_RUN if item.train or item.withheld else Status.GRADER_ERROR
    if status is Status.PASSED and item.withheld:
        status = Status.NOT_RUN  # what is public holds; the rest of it is judged elsewhere
    share = 1.0 if status is Status.PASSED else 0.0
    if status is Status.FAILED and any(o.convention for o in outcomes):
        share = rubric.course.convention_credit
    told = tuple(disclosed(o, rubric.show_of(item, o.check)) for o in outcomes)
    return ItemScore(exercise.id, item.id, status, share * item.points, 0.0, item.points, told)


def _written(submission: Submission, exercise: Exercise, item: Item) -> ItemScore:
    text = submission.written(exercise.id)
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
