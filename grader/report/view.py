"""Score + Rubric + language → what every report shows: texts resolved, items grouped, nothing decided anew.

All renderers and exporters read this, so that a student finds the same words in the terminal, in the browser and in
the course's platform. A result that names an exercise the rubric no longer has is shown under its ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from grader.model import Code, ItemScore, Late, Outcome, Remark, Score, Status
from grader.report.messages import of_crash, translated
from grader.report.texts import status_words, words
from grader.rubric import Item, Rubric

_FIRST = re.compile(r"first mend '([\w./-]+)'")  # grader.engine


class State(StrEnum):
    """Where an exercise stands."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"
    AWAITS_PERSON = "awaits_person"
    GRADER_ERROR = "grader_error"
    NOT_RUN = "not_run"


@dataclass(frozen=True)
class KeyPointView:
    text: str
    found: bool
    contradicted: bool


@dataclass(frozen=True)
class ItemView:
    """One row of the rubric.

    said       the status in words
    sentences  what each outcome's check claims
    hints      the symptom's own hint first, then the rubric's in their order
    code       what the student wrote for it
    """

    exercise: str
    id: str
    title: str
    status: Status | None
    said: str
    earned: float
    suggested: float
    possible: float
    outcomes: tuple[Outcome, ...] = ()
    sentences: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    written: bool = False
    question: str = ""
    answer: str = ""
    key_points: tuple[KeyPointView, ...] = ()
    code: tuple[Code, ...] = ()

    @property
    def lost(self) -> float:
        return self.possible - self.earned

    @property
    def failure(self) -> Outcome | None:
        """The outcome that ended the item, if one did."""
        return next((o for o in self.outcomes if o.status is not Status.PASSED), None)

    @property
    def sentence(self) -> str:
        """What the check that ended the item claims."""
        return next((s for o, s in zip(self.outcomes, self.sentences, strict=True) if o is self.failure), "")

    @property
    def waits(self) -> bool:
        """A written answer that a person has to read."""
        return self.written and self.status is None


@dataclass(frozen=True)
class ExerciseView:
    """An exercise and its items; `not_run` holds those that nobody asked to run, which say nothing about points."""

    id: str
    title: str
    task: str
    items: tuple[ItemView, ...]
    not_run: tuple[ItemView, ...] = ()

    @property
    def automatic(self) -> tuple[ItemView, ...]:
        return tuple(i for i in self.items if not i.written)

    @property
    def waiting(self) -> tuple[ItemView, ...]:
        return tuple(i for i in self.items if i.waits)

    @property
    def earned(self) -> float:
        return sum(i.earned for i in self.items)

    @property
    def suggested(self) -> float:
        return sum(i.suggested for i in self.items)

    @property
    def possible(self) -> float:
        return sum(i.possible for i in self.items)

    @property
    def seconds(self) -> float:
        return sum(o.seconds for i in self.items for o in i.outcomes)

    @property
    def code(self) -> tuple[Code, ...]:
        return tuple({c.function: c for i in self.items for c in i.code}.values())

    @property
    def state(self) -> State:
        return state_of(
            [i.status for i in self.automatic],
            waits=bool(self.waiting),
            is_left=bool(self.not_run) and not self.items,
            earned=self.earned,
        )


def state_of(statuses: Collection[Status | None], *, waits: bool, is_left: bool, earned: float) -> State:
    """
    statuses  of the items that a program judges, as far as they were run
    waits     whether a written answer waits for a person
    is_left   nobody asked to run any item
    """
    if Status.GRADER_ERROR in statuses:
        return State.GRADER_ERROR
    if is_left:
        return State.NOT_RUN
    if all(s is Status.NOT_ATTEMPTED for s in statuses):
        return State.AWAITS_PERSON if waits else State.NOT_ATTEMPTED
    if all(s is Status.PASSED for s in statuses):
        return State.PASSED
    return State.PARTIAL if earned > 0 else State.FAILED


@dataclass(frozen=True)
class SectionView:
    id: str
    title: str
    exercises: tuple[ExerciseView, ...]

    @property
    def earned(self) -> float:
        return sum(e.earned for e in self.exercises)

    @property
    def suggested(self) -> float:
        return sum(e.suggested for e in self.exercises)

    @property
    def possible(self) -> float:
        return sum(e.possible for e in self.exercises)


@dataclass(frozen=True)
class Report:
    """A scored submission in one language; `confirmed` ≤ `provisional` ≤ `possible`.

    Beside them `not_run` (training that nobody asked for) and `withheld` (what a sealed course leaves to the instructor's
    run); `deducted`: what being `late` costs, which `confirmed` lacks already.
    """

    language: str
    course: str
    submission: str
    sections: tuple[SectionView, ...]
    confirmed: float
    provisional: float
    possible: float
    remarks: tuple[Remark, ...] = ()
    not_run: float = 0.0
    withheld: float = 0.0
    late: Late | None = None
    deducted: float = 0.0

    @property
    def exercises(self) -> tuple[ExerciseView, ...]:
        return tuple(e for s in self.sections for e in s.exercises)

    @property
    def attempted(self) -> tuple[ExerciseView, ...]:
        return tuple(e for e in self.exercises if e.state is not State.NOT_ATTEMPTED)

    @property
    def not_attempted(self) -> tuple[ExerciseView, ...]:
        return tuple(e for e in self.exercises if e.state is State.NOT_ATTEMPTED)

    @property
    def faults(self) -> tuple[ItemView, ...]:
        """Items that our own fault kept from being judged."""
        return tuple(i for e in self.exercises for i in e.items if i.status is Status.GRADER_ERROR)


def view(score: Score, rubric: Rubric, language: str) -> Report:
    """Everything a renderer needs of `score`, in `language`."""
    by_exercise: dict[str, list[ItemScore]] = {}
    for item in score.items:
        by_exercise.setdefault(item.exercise, []).append(item)
    code = {c.function: c for c in score.code}
    exercises = [_exercise(id, items, rubric, language, code) for id, items in by_exercise.items()]
    rules = {(e.id, i.id): i for _, e, i in rubric.rows()}
    withheld = sum(i.possible for i in score.items if _is_withheld(i, rules.get((i.exercise, i.item))))
    return Report(
        language,
        rubric.course.title.in_language(language),
        score.submission,
        tuple(_sections(exercises, rubric, language)),
        score.confirmed,
        score.provisional,
        score.possible,
        tuple(_remark(r, language) for r in score.remarks),
        score.not_run - withheld,
        withheld,
        score.late,
        score.deducted,
    )


def _is_withheld(item: ItemScore, rule: Item | None) -> bool:
    """Left to the instructor's run: by the rubric of a sealed course, or because a check asked for the reference."""
    named = bool(rule and rule.withheld) or any(o.status is Status.NOT_RUN for o in item.outcomes)
    return item.status is Status.NOT_RUN and named


def _remark(remark: Remark, language: str) -> Remark:
    return Remark(translated(remark.where, language), translated(remark.message, language))


def _sections(exercises: list[ExerciseView], rubric: Rubric, language: str) -> Iterable[SectionView]:
    by_section: dict[str, list[ExerciseView]] = {}
    for exercise in exercises:
        by_section.setdefault(exercise.id.rpartition(".")[0], []).append(exercise)
    titles = {s.id: s.title.in_language(language) for s in rubric.sections}
    for id, members in by_section.items():
        yield SectionView(id, titles.get(id, ""), tuple(members))


def _exercise(
    id: str, items: list[ItemScore], rubric: Rubric, language: str, code: dict[str, Code]
) -> ExerciseView:
    found = rubric.exercises.get(id)
    rules = {i.id: i for i in found.items} if found else {}
    module = rubric.section_of[id].module if found else ""

    def told(text: str) -> str:
        return translated(_with_title(text, id, rubric, language), language, rubric.texts, module)

    spoken = (replace(i, outcomes=tuple(_in_language(o, language, told) for o in i.outcomes)) for i in items)
    views = tuple(_item(item, rules.get(item.item), language, code) for item in spoken)
    title = found.title.in_language(language) if found else ""
    task = found.task.in_language(language) if found else ""
    run = tuple(v for v in views if v.status is not Status.NOT_RUN)
    return ExerciseView(id, title, task, run, tuple(v for v in views if v.status is Status.NOT_RUN))


def _with_title(message: str, exercise: str, rubric: Rubric, language: str) -> str:
    """An item that is to be mended first goes by its title: ids are for commands."""
    found = _FIRST.match(message)
    if found is None:
        return message
    other, slash, id = found[1].rpartition("/")
    items = rubric.exercises[other or exercise].items if (other or exercise) in rubric.exercises else ()
    title = next((i.title.in_language(language) for i in items if i.id == id), found[1])
    return f"first mend “{other + ' ' * bool(slash)}{title}”{message[found.end() :]}"


def _in_language(outcome: Outcome, language: str, told: Callable[[str], str]) -> Outcome:
    """What the engine and the course's check say; what the student's code raised stays as it is."""
    crashed = outcome.status is Status.CRASHED
    message = of_crash(outcome.message, language) if crashed else told(outcome.message)
    training = outcome.training
    if training is not None:
        curves = tuple(replace(c, figure=told(c.figure), name=told(c.name)) for c in training.curves)
        pictures = tuple(replace(p, caption=told(p.caption)) for p in training.pictures)
        training = replace(training, curves=curves, pictures=pictures)
    return replace(outcome, message=message, hint=told(outcome.hint), training=training)


def _item(item: ItemScore, rule: Item | None, language: str, code: dict[str, Code]) -> ItemView:
    written = rule.written if rule else bool(item.key_points)
    failure = next((o for o in item.outcomes if o.status is not Status.PASSED), None)
    hints = [h.in_language(language) for h in rule.hints] if rule else []
    if failure is not None and failure.hint:
        hints = [failure.hint, *(h for h in hints if h != failure.hint)]
    _ = words(language).gettext
    said = status_words(language)[item.status] if item.status else _("a person reads it")
    if _is_withheld(item, rule):
        said = _("left to your instructor's run")
    return ItemView(
        item.exercise,
        item.item,
        rule.title.in_language(language) if rule else item.item,
        item.status,
        said,
        item.earned,
        item.suggested,
        item.possible,
        item.outcomes,
        tuple(_sentence(o, rule, language) for o in item.outcomes),
        tuple(hints),
        written,
        rule.question.in_language(language) if rule and rule.question else "",
        item.answer,
        tuple(_key_points(item, rule, language)),
        tuple(code[f] for f in (rule.functions if rule else ()) if f in code),
    )


def _sentence(outcome: Outcome, rule: Item | None, language: str) -> str:
    if language == "zh" and rule is not None:
        return next((c.zh for c in rule.checks if c.name == outcome.check), outcome.sentence)
    return outcome.sentence


def _key_points(item: ItemScore, rule: Item | None, language: str) -> Iterable[KeyPointView]:
    texts = {k.id: k.text.in_language(language) for k in rule.key_points} if rule else {}
    for point in item.key_points:
        yield KeyPointView(texts.get(point.id, point.id), point.found, point.contradicted)
