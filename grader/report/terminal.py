"""Score → what a student reads in the terminal: one line an exercise, then every lost point explained."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model import Counterexample, ItemScore, Outcome, Score, Status
from grader.report import training
from grader.report.plain import points, printable
from grader.report.values import show
from grader.rubric import Exercise, Item, Rubric, Section

MARKS = {
    Status.PASSED: ("✓", "green"),
    Status.FAILED: ("✗", "red"),
    Status.CRASHED: ("✗", "red"),
    Status.TIMED_OUT: ("✗", "red"),
    Status.OUT_OF_MEMORY: ("✗", "red"),
    Status.FORBIDDEN: ("✗", "red"),
    Status.FLAKY: ("✗", "red"),
    Status.SKIPPED: ("↷", "yellow"),
    Status.NOT_ATTEMPTED: ("·", "dim"),
    Status.GRADER_ERROR: ("!", "magenta"),
    Status.NOT_RUN: ("○", "cyan"),
}
SAID = {
    Status.FAILED: "does not hold",
    Status.CRASHED: "your code raised",
    Status.TIMED_OUT: "took too long",
    Status.OUT_OF_MEMORY: "asked for too much memory",
    Status.FORBIDDEN: "not allowed",
    Status.FLAKY: "not reproducible",
    Status.SKIPPED: "not judged",
    Status.NOT_ATTEMPTED: "not written yet",
    Status.GRADER_ERROR: "the grader's own fault, please report it",
    Status.NOT_RUN: "not run: it trains a net, which takes time (grade --train)",
}
LONGEST = 600
TITLE_WIDTH = 40


def report(score: Score, rubric: Rubric, *, language: str = "en") -> Group:
    """The whole report of one submission."""
    return Group(*_parts(score, rubric, language))


def _parts(score: Score, rubric: Rubric, language: str) -> Iterator[RenderableType]:
    items: dict[str, list[ItemScore]] = {}
    for item in score.items:
        items.setdefault(item.exercise, []).append(item)
    for section in rubric.sections:
        shown = [e for e in section.exercises if e.id in items and e.id in score.attempted]
        if shown:
            yield Text(f"\n{section.id}  {section.title.in_language(language)}", style="bold")
        for exercise in shown:
            yield _line(exercise, items[exercise.id], language)
            for item in items[exercise.id]:
                yield from _lost(section, exercise.item(item.item), item, language)
    yield from _remarks(score)
    yield from _not_attempted(score, rubric, items)
    yield _total(score)


def _line(exercise: Exercise, items: list[ItemScore], language: str) -> RenderableType:
    automatic = [i for i in items if not exercise.item(i.item).written and i.status is not Status.NOT_RUN]
    earned, possible = sum(i.earned for i in automatic), sum(i.possible for i in automatic)
    mark, style = _mark(automatic)
    line = Text.assemble(" ", (mark, style), f" {exercise.id:8}")
    title = Text(exercise.title.in_language(language))
    title.truncate(TITLE_WIDTH, overflow="ellipsis", pad=True)
    counted = f"{points(earned)} / {points(possible)}" if automatic else ""
    return line + title + Text(f"{counted:>11}", style) + _written(items)


def _mark(items: list[ItemScore]) -> tuple[str, str]:
    if not items:
        return "✎", "cyan"
    statuses = [i.status for i in items]
    if Status.GRADER_ERROR in statuses:
        return MARKS[Status.GRADER_ERROR]
    if all(s is Status.PASSED for s in statuses):
        return MARKS[Status.PASSED]
    return MARKS[Status.NOT_ATTEMPTED if all(s is Status.NOT_ATTEMPTED for s in statuses) else Status.FAILED]


def _written(items: list[ItemScore]) -> Text:
    waiting = [i for i in items if i.status is None]
    if not waiting:
        return Text("")
    suggested, possible = sum(i.suggested for i in waiting), sum(i.possible for i in waiting)
    return Text(f"  ✎ {points(suggested)} of {points(possible)}", style="cyan")


def _lost(section: Section, rule: Item, item: ItemScore, language: str) -> Iterator[RenderableType]:
    outcome = next((o for o in item.outcomes if o.status is not Status.PASSED), None)
    if item.status is Status.NOT_RUN:
        mark, style = MARKS[Status.NOT_RUN]
        head = Text(f"{mark} {rule.title.in_language(language)}", style)
        head.append(f"  {points(item.possible)} points at stake, {SAID[Status.NOT_RUN]}", "dim")
        yield Padding(head, (0, 0, 0, 4))
    if outcome is None:
        yield from _trained(rule, item, language)
        return
    mark, style = MARKS[outcome.status]
    lost = item.possible - item.earned
    head = Text.assemble(
        (f"{mark} {rule.title.in_language(language)}", style), (f"  −{points(lost)}", "bold")
    )
    head.append(f"  {SAID[outcome.status]}", style="dim")
    yield Padding(head, (0, 0, 0, 4))
    if outcome.status is not Status.NOT_ATTEMPTED:
        yield Padding(_explanation(rule, outcome, language), (0, 0, 1, 6))


def _trained(rule: Item, item: ItemScore, language: str) -> Iterator[RenderableType]:
    """What a passed training task measured."""
    for outcome in item.outcomes:
        if outcome.training is not None:
            mark, style = MARKS[Status.PASSED]
            yield Padding(Text(f"{mark} {rule.title.in_language(language)}", style), (0, 0, 0, 4))
            grid = _grid()
            for label, text in training.lines(outcome.training):
                grid.add_row(label, text)
            yield Padding(grid, (0, 0, 1, 6))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    return grid


def _explanation(rule: Item, outcome: Outcome, language: str) -> RenderableType:
    grid = _grid()

    def row(label: str, text: str, style: str = "") -> None:
        if text:
            shown = printable(text, lines=True)
            grid.add_row(label, Text(shown if len(shown) <= LONGEST else shown[:LONGEST] + " …", style))

    row("checked", _sentence(rule, outcome, language))
    if outcome.status is Status.SKIPPED:
        row("because", outcome.message)
        return grid
    if outcome.counterexample is not None:
        row("with", _call(outcome.counterexample))
    row("found", outcome.message, "bold")
    row(
        "at",
        "\n".join(outcome.trace)
        if outcome.status is not Status.GRADER_ERROR
        else outcome.trace[-1]
        if outcome.trace
        else "",
    )
    if outcome.counterexample is not None and outcome.status is Status.FAILED:
        example = outcome.counterexample
        row("came back", show(example.got) if example.got is not None else "")
        row("wanted", show(example.wanted) if example.wanted is not None else "")
    row("printed", outcome.output)
    for label, text in training.lines(outcome.training) if outcome.training else ():
        grid.add_row(label, text)
    if outcome.status is not Status.GRADER_ERROR:
        row("hint", outcome.hint or (rule.hints[0].in_language(language) if rule.hints else ""), "italic")
    return grid


def _sentence(rule: Item, outcome: Outcome, language: str) -> str:
    if language == "zh":
        return next((c.zh for c in rule.checks if c.name == outcome.check), outcome.sentence)
    return outcome.sentence


def _call(example: Counterexample) -> str:
    shown = [show(value) if name.isdigit() else f"{name}={show(value)}" for name, value in example.arguments]
    return f"{example.function}({', '.join(shown)})"


def _remarks(score: Score) -> Iterator[RenderableType]:
    if not score.remarks:
        return
    yield Text("\nNoticed while reading", style="bold")
    for remark in score.remarks[:20]:
        yield Padding(Text(f"{printable(remark.where)}: {printable(remark.message)}"), (0, 0, 0, 1))
    if len(score.remarks) > 20:
        yield Text(f" … and {len(score.remarks) - 20} more (they are all in the file --json writes)")


def _not_attempted(
    score: Score, rubric: Rubric, items: dict[str, list[ItemScore]]
) -> Iterator[RenderableType]:
    missing = [e for e in items if e not in score.attempted]
    if missing:
        worth = sum(i.possible for e in missing for i in items[e])
        yield Text(f"\nNot attempted yet ({points(worth)} points): {', '.join(missing)}", style="dim")


def _total(score: Score) -> Text:
    total = Text.assemble(
        "\n", (f"{points(score.confirmed)} of {points(score.possible)} points confirmed", "bold")
    )
    if score.provisional > score.confirmed:
        total.append(
            f"\n{points(score.provisional)} with the written answers (✎) as suggested; a person confirms them"
        )
    if score.not_run:
        total.append(
            f"\n{points(score.not_run)} points of training tasks were not run: grade --train", "cyan"
        )
    return total
