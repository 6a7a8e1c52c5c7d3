"""What an exercise asks: task, signatures with their shapes, what it is worth, and where the book treats it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from grader.report.plain import points
from grader.report.texts import words
from grader.report.wrap import wrapped
from grader.rubric import Exercise, Rubric, Section


def lines(
    rubric: Rubric, exercise: Exercise, stubs: Mapping[str, str], language: str, width: int
) -> Iterator[Text]:
    """
    stubs  function → its signature and docstring
    """
    _ = words(language).gettext
    section = rubric.section_of[exercise.id]
    title = exercise.title.in_language(language)
    yield from wrapped(
        Text.assemble((f"{exercise.id}  {title}", "bold"), f"  {_worth(exercise, language)}"), width
    )
    yield from wrapped(Text(_place(rubric, section, language), "dim"), width)
    yield Text("")
    for paragraph in exercise.task.in_language(language).strip().split("\n\n"):
        joint = "" if language == "zh" else " "  # Chinese lines go on without a blank
        yield from wrapped(Text(joint.join(paragraph.split("\n"))), width)
    for item in exercise.items:
        if item.question is not None:
            yield Text("")
            yield from wrapped(Text("✎ " + item.question.in_language(language), "cyan"), width)
    names = dict.fromkeys(f for i in exercise.items for f in i.functions)
    aliases = section.aliases()
    for name in names:
        yield Text("")
        for line in stubs.get(name, name).splitlines():
            if line.strip() != "raise NotImplementedError":
                yield from _code(line, width)
        if aliases.get(name):
            other = _("also accepted: {names}").format(names=", ".join(aliases[name]))
            yield from wrapped(Text(other, "dim"), width)
    yield Text("")
    yield from _items(exercise, language, width)


def _worth(exercise: Exercise, language: str) -> str:
    _ = words(language).gettext
    return _("{points} points").format(points=points(exercise.points))


def _place(rubric: Rubric, section: Section, language: str) -> str:
    """The book's section, under every number it has."""
    _ = words(language).gettext
    rest = section.id.partition(".")[2]
    numbers = [section.id, *(f"{chapter}.{rest}" for chapter in rubric.course.also_numbered)]
    return _("book section {numbers}: {title}").format(
        numbers=" / ".join(numbers), title=section.title.in_language(language)
    )


def _code(line: str, width: int) -> Iterator[Text]:
    """A line of code; what is too long goes on under its own indentation."""
    indent = len(line) - len(line.lstrip())
    for number, piece in enumerate(
        wrapped(Text(line.strip()), width - indent - 4) if line.strip() else [Text("")]
    ):
        yield Text(" " * (indent + (4 if number else 0))) + piece


def _items(exercise: Exercise, language: str, width: int) -> Iterator[Text]:
    for item in exercise.items:
        mark = "✎" if item.written else "·"
        yield from wrapped(Text(f" {mark} {item.title.in_language(language)}  {points(item.points)}"), width)
