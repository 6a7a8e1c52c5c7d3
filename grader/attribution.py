"""Which exercise is meant? Numbers, headings, comments, tags and file names → ids of the rubric.

All numbers are looked up in the rubric, so "torch 1.13.1" or a date names nothing, and another edition's
14.4.2 is this course's 13.4.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from grader.rubric import Rubric, Section

_WORD = r"(?:exercises?|exs?\.?|questions?|problems?|tasks?|练习题?|习题|题目|问题|作业)"
_ORDINALS = {c: i for i, c in enumerate("一二三四五六七八九十", 1)}
_ORDINAL = r"(\d{1,2}|[一二三四五六七八九十])"
_ID = re.compile(r"(?<!\d)(?<!\d[._])(\d{1,3})([._])(\d{1,3})\2(\d{1,3})(?![\d_]|\.\d)")
_SECTION = re.compile(r"(?<!\d)(?<!\d[._])(\d{1,3})[._\- ](\d{1,3})(?!\d|[._]\d)")
_LEADING_ID = re.compile(rf"(?:{_WORD}\s*[:：#]?\s*)?(?=\d)", re.IGNORECASE)
_WORD_AND_ID = re.compile(rf"{_WORD}\s*[:：#]?\s*\d", re.IGNORECASE)
_NUMBERED = re.compile(
    rf"(?:{_WORD}\s*[(（#.:：]?\s*{_ORDINAL}(?![\d.]\d)|第\s*{_ORDINAL}\s*[题问个])", re.IGNORECASE
)
_BARE_NUMBER = re.compile(rf"[(（]?{_ORDINAL}(?:[.、:：)）]|\s|$)(?!\d)")
_LIST_OF_EXERCISES = re.compile(
    rf"(?:[\d.]+\s*)?{_WORD}(?:\s*(?:solutions?|answers?|解答|答案))?\s*[:：]?", re.IGNORECASE
)
_BOOK_SUBSECTION = re.compile(
    r"\d+\.\d+\.\d+\.?\s*(?:summary|exercises|discussions|小结|练习|总结)", re.IGNORECASE
)
_TAG = re.compile(r"(?:exercise|ex|练习|习题)?[-_: ]?(\d+[._]\d+[._]\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a heading leads: into a section, or to one exercise of it."""

    section: Section | None = None
    exercise: str | None = None


class Attribution:
    """Looks up what a text names in one rubric."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric

    # -- numbers

    def exercise(self, number: str) -> str | None:
        """The id of "13.4.2", "14.4.2" or "13_4_2"; None for what the course does not have."""
        id = self._canonical(number.replace("_", "."))
        return id if id in self._rubric.exercises else None

    def first_id(self, text: str) -> str | None:
        """The first exercise id anywhere in `text`."""
        found = (self.exercise(m.group()) for m in _ID.finditer(text))
        return next((id for id in found if id), None)

    def tagged(self, tag: str) -> str | None:
        """The exercise of a tag such as "13.4.2" or "exercise-13.4.2"."""
        match = _TAG.fullmatch(tag.strip()) if len(tag) < 100 else None
        return self.exercise(match.group(1)) if match else None

    def numbered(self, section: Section | None, text: str) -> str | None:
        """The exercise of "Exercise 2" or "第二题" at the beginning of `text`, inside a known section."""
        match = _NUMBERED.match(text)
        return self._of_section(section, match.group(1) or match.group(2)) if match else None

    def _of_section(self, section: Section | None, ordinal: str) -> str | None:
        number = _ORDINALS.get(ordinal, ordinal)
        return self.exercise(f"{section.id}.{number}") if section else None

    def _canonical(self, number: str) -> str:
        chapter, _, rest = number.partition(".")
        facts = self._rubric.course
        return f"{facts.chapter}.{rest}" if chapter in facts.also_numbered else number

    # -- comments and headings

    def in_comment(self, source: str, section: Section | None) -> str | None:
        """The exercise that a cell's first line names: `# 13.4.2`, `# Exercise 2`, `# 练习 13.4.2`."""
        lines = (line.strip() for line in source.split("\n", 20)[:20])
        first = next((line for line in lines if line and not line.startswith("%%")), "")
        if not first.startswith("#"):
            return None
        text = normal(first)
        return self._at_beginning(text) or self.numbered(section, text)

    def _at_beginning(self, text: str) -> str | None:
        start = _LEADING_ID.match(text)
        match = _ID.match(text, start.end()) if start else None
        return self.exercise(match.group()) if match else None

    def heading(
        self, title: str, section: Section | None, *, in_list: bool, book_numbers: bool
    ) -> Place | None:
        """What a heading names, or None when it names neither section nor exercise.

        in_list       it stands under a heading "Exercises": a bare "2." is an exercise too
        book_numbers  "13.4.2 Title" is the book's own subsection here, only "Exercise 13.4.2" an exercise
        """
        text = normal(title)
        id = self.first_id(text)
        if id and not (book_numbers and not _WORD_AND_ID.search(text)):
            return Place(self._rubric.section_of[id], id)
        named = self.numbered(section, text)
        if named is None and in_list and (match := _BARE_NUMBER.match(text)):
            named = self._of_section(section, match.group(1))
        if named:
            return Place(section, named)
        found = self.section_of_title(text)
        return Place(found) if found else None

    def section_of_title(self, title: str) -> Section | None:
        """The section of "13.4. Anchor Boxes", "13.4", "Anchor boxes" or "锚框"; not of "13.4.1 …"."""
        text = normal(title)
        match = _SECTION.match(text.removeprefix("§").lstrip())
        if match and (found := self._section(match.group(1), match.group(2))):
            return found
        plain = _words(re.sub(r"^[\d.\s]+", "", text))
        return (
            next((s for s in self._rubric.sections if plain in self._titles[s.id]), None) if plain else None
        )

    @cached_property
    def _titles(self) -> dict[str, set[tuple[str, ...]]]:
        return {s.id: {_words(normal(s.title.en)), _words(normal(s.title.zh))} for s in self._rubric.sections}

    def _section(self, chapter: str, number: str) -> Section | None:
        id = self._canonical(f"{int(chapter)}.{int(number)}")
        return next((s for s in self._rubric.sections if s.id == id), None)

    # -- files and functions

    def section_of_path(self, path: str) -> Section | None:
        """The section a file name means: `s04_anchor_boxes`, `s04`, `13_4`, `anchor`, `锚框`."""
        stem = normal(PurePath(path).stem)
        if (id := self.first_id(stem.replace("-", "_"))) is not None:
            return self._rubric.section_of[id]
        for match in _SECTION.finditer(re.sub(r"^[A-Za-z]+(?=\d)", "", stem)):
            if (found := self._section(match.group(1), match.group(2))) is not None:
                return found
        prefixed = [s for s in self._rubric.sections if _prefix(s) and _prefix(s) in _words(stem)]
        return prefixed[0] if len(prefixed) == 1 else self._most_alike(stem)

    def _most_alike(self, stem: str) -> Section | None:
        """The one section whose module or title shares most words with the file name."""
        words = set(_words(stem)) - _COMMON
        shares = [(self._shared(section, words, stem), section) for section in self._rubric.sections]
        best = max(share for share, _ in shares)
        winners = [section for share, section in shares if share == best]
        return winners[0] if best > 0 and len(winners) == 1 else None

    def _shared(self, section: Section, words: set[str], stem: str) -> float:
        zh = section.title.zh
        if len(zh) > 1 and zh in stem:
            return float(len(zh)) + 1
        module = set(_words(section.module)) - {_prefix(section)}
        common = len(words & module)
        if common and (words <= module or module <= words):
            return 1 + common
        return common / len(words) if common * 2 >= len(words) and words else 0

    def section_of_names(self, names: Iterable[str]) -> Section | None:
        """The section to which most of the given function names belong."""
        given = set(names)
        counts = [
            sum(not given.isdisjoint((f.name, *f.aliases)) for f in section.functions)
            for section in self._rubric.sections
        ]
        best = max(counts)
        return self._rubric.sections[counts.index(best)] if best * 2 > sum(counts) else None


# Words of file names that say nothing about the content.
_COMMON = frozenset(
    (  # noqa: SIM905 - one word per line would be longer than the module
        "my copy of the answer solution homework hw exercise notebook chapter ch section lab final new torch "
        "test submission student assignment ex code and a"
    ).split()
)


def is_list_of_exercises(title: str) -> bool:
    """A heading such as "Exercises", "13.4.6. Exercises" or "练习"."""
    return _LIST_OF_EXERCISES.fullmatch(normal(title)) is not None


def numbers_like_the_book(titles: Iterable[str]) -> bool:
    """Whether headings carry a book's subsection numbers ("13.4.5. Summary"), which look like ids."""
    return any(_BOOK_SUBSECTION.match(normal(title)) for title in titles)


def normal(text: str) -> str:
    """Full-width digits made plain, mark-up and spaces at the ends removed."""
    return unicodedata.normalize("NFKC", text[:500]).strip(" \t#*_`>:~").strip()


def _words(text: str) -> tuple[str, ...]:
    """Lower-case words, without the plural's s and x's es, so that "anchor" is a word of "Anchor Boxes"."""
    found = re.findall(r"[a-z]+\d*|\d+|[^\W\d_a-z]+", text.lower())
    return tuple(re.sub(r"(?<=x)es$|(?<=[^s])s$", "", w) for w in found)


def _prefix(section: Section) -> str:
    """`s04` of `s04_anchor_boxes`: the part of a module's name that numbers it."""
    first = section.module.split("_")[0].lower()
    return first if any(c.isdigit() for c in first) else ""
