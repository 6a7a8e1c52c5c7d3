"""What a student asks besides a grade: a hint, an explanation, and verdicts while working."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grader.console import console, errors, fence

if TYPE_CHECKING:
    from rich.text import Text

    from grader.model import Score
    from grader.rubric import Rubric
    from grader.watch import Saved


def show_hint(wanted: str, course_dir: Path | None, language: str) -> None:
    """Print the next hint for an exercise or an item of it, and remember that it was shown."""
    from grader.course import find_course
    from grader.hints import after, next_hint, recall, remember, state_file
    from grader.report.texts import words
    from grader.report.wrap import wrapped

    rubric = find_course(course_dir).rubric
    _ = words(language).gettext
    path = state_file(rubric.course.id)
    memory = recall(path)
    hint = next_hint(rubric, wanted, memory)
    title = f"{hint.exercise.id}  {hint.exercise.title.in_language(language)}"
    which = _("{item}, hint {number} of {total}").format(
        item=hint.item.title.in_language(language), number=hint.number, total=hint.total
    )
    out = console()
    _print([*wrapped(_text(title, "bold"), out.width), *wrapped(_text(which, "dim"), out.width), _text("")])
    _print(wrapped(_text(hint.text(language)), out.width))
    if hint.left == 0:
        last = _("That was the last hint. What is asked for, in full: grade --explain {id}")
        _print([_text(""), *wrapped(_text(last.format(id=hint.exercise.id), "dim"), out.width)])
    if not remember(path, after(memory, hint)):
        errors().print(_("(which hints were shown cannot be remembered here)"), style="dim", soft_wrap=True)


def explain(wanted: str, course_dir: Path | None, language: str) -> None:
    """Print what an exercise asks, or every exercise of a section."""
    from grader.course import find_course
    from grader.report.explained import lines
    from grader.template import stubs

    course = find_course(course_dir)
    out = console()
    for number, exercise in enumerate(course.rubric.resolve(wanted)):
        file = course.stub_file(course.rubric.section_of[exercise.id])
        found = stubs(file.read_text(encoding="utf-8"), str(file)) if file.is_file() else {}
        if number:
            _print([_text("")])
        _print(lines(course.rubric, exercise, found, language, min(out.width, 100)))


def remember_result(score: Score, rubric: Rubric) -> None:
    """The next hint is for what lost points just now. Where nothing can be remembered, nothing is lost."""
    from grader.hints import after_grading, recall, remember, state_file

    path = state_file(rubric.course.id)
    before = recall(path)
    now = after_grading(before, score)
    if now != before:
        remember(path, now)


def keep_watching(path: Path, exercises: Sequence[str], course_dir: Path | None, language: str) -> Score:
    """Grade, and grade again after every save, until Ctrl-C. Returns the last result."""
    from grader.console import shown
    from grader.course import find_course
    from grader.launch import new_launcher
    from grader.report.messages import translated
    from grader.report.terminal import report
    from grader.report.texts import words

    course = find_course(course_dir)
    chosen = course.rubric.select(exercises)
    launcher = new_launcher()
    last: list[Score] = []
    _ = words(language).gettext

    def first(score: Score) -> None:
        last[:] = [score]
        with fence():
            console().print(report(score, course.rubric, language=language))
        console().print(
            _("Watching {path}. Save a file to have it judged; Ctrl-C ends.").format(path=shown(str(path))),
            style="dim",
        )

    def saved(found: Saved) -> None:
        last[:] = [found.score]
        with fence():
            _print(_verdict(found, course.rubric, language, console().width))

    def broken(message: str) -> None:
        said = translated(message, language) or _("nothing that is graded changed")
        console().print(f"{_clock()}  {shown(said)}", style="dim", soft_wrap=True)

    try:
        from grader.watch import watch

        watch(path, course, launcher, exercises=chosen, first=first, saved=saved, broken=broken)
    except KeyboardInterrupt:
        if not last:
            raise
    finally:
        launcher.close()
    return last[0]


def _verdict(saved: Saved, rubric: Rubric, language: str, width: int) -> list[Text]:
    """What was judged just now, the losses explained; with the last portion, how the exercises stand."""
    from grader.report.explain import total
    from grader.report.terminal import exercise_line, item_lines
    from grader.report.view import view

    report = view(saved.score, rubric, language)
    lines = [_text(f"{_clock()}  {', '.join(saved.files)}  {saved.seconds:.2f} s", "dim")]
    judged = set(saved.items)
    for exercise in report.exercises:
        items = [i for i in exercise.items if (i.exercise, i.id) in judged]
        if items:
            lines += exercise_line(exercise, language, width)
        for item in items:
            lines += item_lines(item, language, width)
    if saved.done:
        lines.append(_text(total(report).partition("\n")[0], "bold"))
    return lines


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style)


def _print(lines: Iterable[Text]) -> None:
    out = console()
    for line in lines:
        out.print(line, soft_wrap=True)
