"""Score → what a student reads in the terminal: one line an exercise, then every lost point explained.

Colour only repeats what a mark and a word say already. Lines are wrapped by us, so that nothing is padded: what goes into a
pipe or a file has no blanks at its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from grader.model import Score, Status
from grader.report import training
from grader.report.explain import rows, total
from grader.report.plain import points, printable
from grader.report.texts import words
from grader.report.view import ExerciseView, ItemView, Report, State, view
from grader.report.wrap import wrapped
from grader.rubric import Rubric

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
_STATES = {
    State.PASSED: MARKS[Status.PASSED],
    State.PARTIAL: MARKS[Status.FAILED],
    State.FAILED: MARKS[Status.FAILED],
    State.NOT_ATTEMPTED: MARKS[Status.NOT_ATTEMPTED],
    State.AWAITS_PERSON: ("✎", "cyan"),
    State.GRADER_ERROR: MARKS[Status.GRADER_ERROR],
    State.NOT_RUN: MARKS[Status.NOT_RUN],
}
_STYLES = {"found": "bold", "hint": "italic"}
TITLE_WIDTH, NARROW, WIDEST = 44, 60, 100
MOST_REMARKS = 20


class Detail(StrEnum):
    """How much is said: the last line, what lost points, or everything."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


@dataclass(frozen=True)
class TerminalReport:
    """A report that rich prints in the width it has."""

    report: Report
    detail: Detail = Detail.NORMAL

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in lines(self.report, min(options.max_width, WIDEST), self.detail):
            line.no_wrap, line.overflow = True, "ignore"
            yield line


def report(
    score: Score, rubric: Rubric, *, language: str = "en", detail: Detail = Detail.NORMAL
) -> TerminalReport:
    """The whole report of one submission, for `console.print`."""
    return TerminalReport(view(score, rubric, language), detail)


def lines(report: Report, width: int, detail: Detail = Detail.NORMAL) -> Iterator[Text]:
    """The report as lines of at most `width` cells (a Chinese character takes two); no two empty ones in a row."""
    empty = False
    for line in _lines(report, width, detail):
        line.rstrip()
        if line.plain or not empty:
            yield line
        empty = not line.plain


def _lines(report: Report, width: int, detail: Detail) -> Iterator[Text]:
    if detail is Detail.QUIET:
        yield from _wrapped(Text(total(report).partition("\n")[0], "bold"), width)
        return
    for section in report.sections:
        shown = [e for e in section.exercises if e in report.attempted]
        if shown:
            yield Text("")
            yield from _wrapped(Text(f"{section.id}  {section.title}", "bold"), width, hang=6)
        for exercise in shown:
            yield from _exercise(exercise, report.language, width, detail)
    yield from _remarks(report, width)
    yield from _not_attempted(report, width)
    yield Text("")
    for number, line in enumerate(total(report).split("\n")):
        yield from _wrapped(Text(line, "bold" if number == 0 else "cyan"), width)


# ---------------------------------------------------------------- one exercise


def _exercise(exercise: ExerciseView, language: str, width: int, detail: Detail) -> Iterator[Text]:
    yield from exercise_line(exercise, language, width)
    for item in exercise.items:
        if item.failure is not None:
            yield from item_lines(item, language, width)
        elif detail is Detail.VERBOSE or any(o.training for o in item.outcomes):
            yield from _kept(item, language, width)
    for item in exercise.not_run:
        mark, style = MARKS[Status.NOT_RUN]
        head = Text.assemble(
            (f"{mark} {item.title}", style), (f"  {points(item.possible)}  {item.said}", "dim")
        )
        yield from _wrapped(head, width, indent=4, hang=2)


def exercise_line(exercise: ExerciseView, language: str, width: int) -> Iterator[Text]:
    """Mark, id, title and points in columns; the written answers' suggestion where there is room, else below."""
    mark, style = _STATES[exercise.state]
    earned, possible = (sum(getattr(i, f) for i in exercise.automatic) for f in ("earned", "possible"))
    counted = f"{points(earned)} / {points(possible)}" if exercise.automatic else ""
    written = _written(exercise, language)
    room = min(TITLE_WIDTH, width - 25 - (cell_len(written) + 2 if written and width > NARROW else 0))
    title = Text(exercise.title)
    title.truncate(max(8, room), overflow="ellipsis", pad=True)
    line = Text.assemble(" ", (mark, style), f" {exercise.id:8}", title, (f"{counted:>14}", style))
    if written and line.cell_len + 2 + cell_len(written) <= width:
        yield line + Text(f"  {written}", "cyan")
        return
    line.rstrip()
    yield line
    if written:
        yield Text(f"   {written}", "cyan")


def _written(exercise: ExerciseView, language: str) -> str:
    if not exercise.waiting:
        return ""
    _ = words(language).gettext
    return "✎ " + _("{suggested} of {possible}").format(
        suggested=points(sum(i.suggested for i in exercise.waiting)),
        possible=points(sum(i.possible for i in exercise.waiting)),
    )


def item_lines(item: ItemView, language: str, width: int) -> Iterator[Text]:
    """An item: what it lost and why, or that it holds."""
    if item.failure is None:
        yield from _kept(item, language, width)
        return
    mark, style = MARKS[item.failure.status]
    head = Text.assemble(
        (f"{mark} {item.title}", style), (f"  −{points(item.lost)}", "bold"), (f"  {item.said}", "dim")
    )
    yield from _wrapped(head, width, indent=4, hang=2)
    explained: list[tuple[str, Text]] = []
    if item.failure.training is not None:
        explained += training.lines(item.failure.training, language)
    explained += [(row.label, Text(row.text, _STYLES.get(row.kind, ""))) for row in rows(item, language)]
    yield from _table(explained, width)
    if explained:
        yield Text("")


def _kept(item: ItemView, language: str, width: int) -> Iterator[Text]:
    """An item that lost nothing: in a verbose report, or because it trained."""
    if item.written:
        mark, style = ("✎", "cyan") if item.waits else MARKS[Status.NOT_ATTEMPTED]
        head = Text.assemble((f"{mark} {item.title}", style), (f"  {item.said}", "dim"))
    else:
        seconds = sum(o.seconds for o in item.outcomes)
        head = Text.assemble(
            (f"✓ {item.title}", "green"), (f"  {points(item.possible)}  {seconds:.1f} s", "dim")
        )
    yield from _wrapped(head, width, indent=4, hang=2)
    trained = [line for o in item.outcomes if o.training for line in training.lines(o.training, language)]
    yield from _table(trained, width)


# ---------------------------------------------------------------- the end


def _remarks(report: Report, width: int) -> Iterator[Text]:
    if not report.remarks:
        return
    _ = words(report.language).gettext
    yield Text("")
    yield Text(_("Noticed while reading"), "bold")
    for remark in report.remarks[:MOST_REMARKS]:
        said = f"{printable(remark.where)}: {printable(remark.message)}"
        yield from _wrapped(Text(said), width, indent=1, hang=2)
    more = len(report.remarks) - MOST_REMARKS
    if more > 0:
        text = _("… and {number} more (they are all in the file --json writes)").format(number=more)
        yield from _wrapped(Text(text), width, indent=1)


def _not_attempted(report: Report, width: int) -> Iterator[Text]:
    missing = report.not_attempted
    if missing:
        _ = words(report.language).gettext
        text = _("Not attempted yet ({points} points): {exercises}").format(
            points=points(sum(e.possible for e in missing)), exercises=", ".join(e.id for e in missing)
        )
        yield Text("")
        yield from _wrapped(Text(text, "dim"), width, hang=2)


# ---------------------------------------------------------------- lines


def _table(entries: Iterable[tuple[str, Text]], width: int) -> Iterator[Text]:
    """Labels in a column and texts beside them; on a narrow terminal each text begins after its label."""
    found = list(entries)
    if width < NARROW:
        for label, text in found:
            yield from _wrapped(Text.assemble((f"{label} ", "dim"), text), width, indent=6, hang=2)
        return
    column = max((cell_len(label) for label, _ in found), default=0) + 2
    for label, text in found:
        for number, line in enumerate(wrapped(text, width - 6 - column)):
            first = f"{label}{' ' * (column - cell_len(label))}" if number == 0 else " " * column
            yield Text.assemble(" " * 6, (first, "dim"), line)


def _wrapped(text: Text, width: int, *, indent: int = 0, hang: int = 0) -> Iterator[Text]:
    """`text` in lines; every one is indented, all but the first by `hang` more."""
    pieces = wrapped(text, width - indent - hang)
    for number, line in enumerate(pieces):
        yield Text(" " * (indent + (hang if number else 0))) + line
