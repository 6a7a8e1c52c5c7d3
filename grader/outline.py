"""A notebook from top to bottom: under which heading, and so to which exercise, does a cell belong?

Code goes to an exercise by metadata or tag, by its first line's comment, or by the nearest heading above.
Markdown under an exercise is its written answer; the task itself is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from grader.attribution import Attribution, Place, is_list_of_exercises, normal
from grader.model import Cell, Remark
from grader.names import string_constants
from grader.rubric import Rubric, Section

MAX_PROSE = 50_000
MAX_COMMENTS = 1_000


@dataclass(frozen=True)
class RawCell:
    """One cell as it stands in the file, numbered from 1."""

    number: int
    kind: str
    source: str
    role: str = ""
    named: str = ""
    """the exercise its metadata names, as written there"""
    tags: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"cell {self.number}"


_HEADING = re.compile(r"^ {0,3}(#{1,6})(?!#)\s*(.*?)\s*#*\s*$")
_HTML_HEADING = re.compile(r"^\s*<h([1-6])[^>]{0,200}>(.*?)</h\1>", re.IGNORECASE)
_BOLD_LINE = re.compile(r"^\s*(?:\*\*|__)([^*_]{1,200})(?:\*\*|__)\s*[:：]?\s*$")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_ANSWER_WORD = r"(?:my\s+|your\s+)?(?:answers?|solutions?|ans|答案?|解答?|回答)"
_ANSWER_HEADING = re.compile(rf"[\d.\s]*{_ANSWER_WORD}\s*[\d.]*\s*[:：.]?", re.IGNORECASE)
_ANSWER_LINE = re.compile(rf"^[\s>*_]*{_ANSWER_WORD}\s*(?:[*_\s]*[:：][*_\s]*|[*_\s]*$)", re.IGNORECASE)
_BOLD_LEVEL = 7
_ANSWER_NAME = re.compile(r"answer_(\d{1,3}_\d{1,3}_\d{1,3})")


def _heading(line: str) -> tuple[int, str] | None:
    """(level, title) of a heading line; a line in bold alone is one below all others."""
    if match := _HEADING.match(line):
        return len(match.group(1)), match.group(2)
    if match := _HTML_HEADING.match(line):
        return int(match.group(1)), re.sub(r"<[^>]*>", "", match.group(2))
    if match := _BOLD_LINE.match(line):
        return _BOLD_LEVEL, match.group(1)
    return None


def _lines(markdown: str) -> Iterator[tuple[str, tuple[int, str] | None]]:
    """Each line, with its heading when it is one; what stands between code fences is none."""
    fence = ""
    for line in markdown.split("\n"):
        mark = match.group(1) if (match := _FENCE.match(line)) else ""
        yield line, None if fence or mark else _heading(line)
        if mark and mark in (fence, fence or mark):
            fence = "" if fence else mark


def titles(cells: list[RawCell]) -> list[tuple[int, str]]:
    return [h for c in cells if c.kind == "markdown" for _, h in _lines(c.source) if h is not None]


def section_of_notebook(
    cells: list[RawCell], names: set[str], path: str, attribution: Attribution
) -> tuple[Section | None, str | None]:
    """The section the whole notebook is about, and the exercise when its file name tells even that."""
    exercise = attribution.first_id(PurePath(path).stem.replace("-", "_"))
    section = attribution.section_of_path(path)
    if section is None:
        titled = [attribution.section_of_title(title) for _, title in titles(cells)]
        found = {s.id: s for s in titled if s is not None}
        section = next(iter(found.values())) if len(found) == 1 else None
    return section or attribution.section_of_names(names), exercise


@dataclass
class _Written:
    """What was written under one exercise. Text after the word "Answer" counts alone when there is any."""

    marked: list[str] = field(default_factory=list)
    unmarked: list[str] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)

    def text(self) -> str:
        own = _without_comments("\n".join(self.marked or self.unmarked)).strip()
        return "\n\n".join(t for t in (own, *self.strings) if t.strip())[:MAX_PROSE]


def _without_comments(markdown: str) -> str:
    """Without <!-- … -->; by hand, because a regular expression takes quadratic time when none is closed."""
    kept, rest = [], markdown
    while (start := rest.find("<!--")) >= 0 and (end := rest.find("-->", start + 4)) >= 0:
        kept.append(rest[:start])
        rest = rest[end + 3 :]
        if len(kept) > MAX_COMMENTS:
            break
    return "".join(kept) + rest


class Outline:
    """Goes through a notebook from top to bottom and remembers under which headings it is."""

    def __init__(
        self,
        attribution: Attribution,
        section: Section | None,
        exercise: str | None,
        path: str,
        rubric: Rubric,
        remarks: list[Remark],
        book_numbers: bool,
    ) -> None:
        self.code: list[Cell] = []
        self._attribution, self._path, self._rubric, self._remarks = attribution, path, rubric, remarks
        self._book_numbers = book_numbers
        self._section, self._exercise = section, exercise
        self._level = 0  # of the heading that named the exercise; 0: no heading did
        self._list_level: int | None = None  # of a heading "Exercises" above
        self._marked = False
        self._sections: dict[str, Section] = {}
        self._written: dict[str, _Written] = {}
        self._tasks: dict[str, list[str]] = {}

    def visit(self, cell: RawCell, code: str) -> None:
        """Attribute one cell. `code` is its cleaned source."""
        own = self._own_exercise(cell)
        if cell.kind == "markdown":
            self._visit_markdown(cell, own)
        elif cell.kind == "code":
            exercise = own or self._attribution.in_comment(cell.source, self._section) or self._exercise
            self._meet(exercise)
            self.code.append(Cell(cell.label, code, exercise))
            strings: dict[str, list[str]] = {}
            where = f"{self._path}, {cell.label}"
            self._remarks += answers_in(code, where, self._attribution, strings)
            for answered, texts in strings.items():
                self._of(answered).strings += texts

    def _own_exercise(self, cell: RawCell) -> str | None:
        """What the cell's metadata or tags name."""
        if cell.named and (found := self._attribution.exercise(cell.named[:40])) is not None:
            return found
        if cell.named:
            message = f"names exercise {cell.named[:40]!r}, which this course does not have"
            self._remarks.append(Remark(f"{self._path}, {cell.label}", message))
        return next((id for tag in cell.tags if (id := self._attribution.tagged(tag))), None)

    def _visit_markdown(self, cell: RawCell, own: str | None) -> None:
        for line, heading in _lines(cell.source):
            if heading is not None:
                self._under(*heading)
                continue
            answer = _ANSWER_LINE.match(line)
            self._marked = self._marked or answer is not None
            exercise = own or self._exercise
            if exercise and cell.role != "task":
                self._write(
                    exercise, line[answer.end() :] if answer else line, own is not None or self._marked
                )
        if own:
            self._meet(own)

    def _under(self, level: int, title: str) -> None:
        """Take a heading into account."""
        if _ANSWER_HEADING.fullmatch(normal(title)):
            self._marked = True
            return
        in_list = self._list_level is not None and level > self._list_level
        place = self._attribution.heading(
            title, self._section, in_list=in_list, book_numbers=self._book_numbers
        )
        if place is not None:
            self._enter(place, level)
        elif is_list_of_exercises(title):
            self._list_level, self._exercise, self._marked = level, None, False
        elif level < self._level:
            self._exercise, self._marked = None, False
        if self._list_level is not None and level < self._list_level:
            self._list_level = None

    def _enter(self, place: Place, level: int) -> None:
        if place.exercise is None and level == _BOLD_LEVEL:
            return  # a section's title in bold inside a text is emphasis
        self._section, self._exercise, self._level, self._marked = place.section, place.exercise, level, False
        if place.section is not None:
            self._sections[place.section.id] = place.section
        if place.exercise is None:
            self._list_level = None

    def _meet(self, exercise: str | None) -> None:
        if exercise:
            section = self._rubric.section_of[exercise]
            self._sections[section.id] = section

    def _of(self, exercise: str) -> _Written:
        return self._written.setdefault(exercise, _Written())

    def _write(self, exercise: str, line: str, marked: bool) -> None:
        if not self._is_task(exercise, line):
            (self._of(exercise).marked if marked else self._of(exercise).unmarked).append(line)

    def _is_task(self, exercise: str, line: str) -> bool:
        """A line of the course's own task or question, copied above the answer."""
        text = " ".join(line.strip(" >*_\t").split())
        if exercise not in self._tasks:
            self._tasks[exercise] = self._asked(exercise)
        return len(text) > 8 and any(text in task for task in self._tasks[exercise])

    def _asked(self, exercise: str) -> list[str]:
        asked = self._rubric.exercises[exercise]
        texts = [asked.task, asked.title, *(i.question for i in asked.items if i.question is not None)]
        return [" ".join(text.in_language(language).split()) for text in texts for language in ("en", "zh")]

    def prose(self) -> dict[str, str]:
        """exercise id → its written answer, where there is one."""
        texts = {exercise: written.text() for exercise, written in self._written.items()}
        return {exercise: text for exercise, text in texts.items() if text}

    def only_section(self) -> Section | None:
        """The section, when headings and cells name exactly one."""
        return next(iter(self._sections.values())) if len(self._sections) == 1 else None

    def several_sections(self) -> bool:
        return len(self._sections) > 1


def answers_in(
    source: str, where: str, attribution: Attribution, answers: dict[str, list[str]]
) -> list[Remark]:
    """Collect strings named answer_13_4_1 into `answers`; remark on numbers the course does not have."""
    remarks: list[Remark] = []
    if "answer_" not in source:  # parsing takes time
        return remarks
    for name, text, line in string_constants(source):
        match = _ANSWER_NAME.fullmatch(name)
        if match is None:
            continue
        exercise = attribution.exercise(match.group(1))
        if exercise is None:
            remarks.append(
                Remark(where, f"line {line}: {name} answers an exercise this course does not have")
            )
        elif text.strip():
            answers[exercise] = [text.strip()[:MAX_PROSE]]  # assigned twice: the last counts, as in Python
    return remarks
