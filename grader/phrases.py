"""What a course's checks say, in its other language.

A check says a sentence where it finds something, in English, and that is what is stored. The course has translations
beside its checks: tests/exercises/texts/<module>.yaml holds pairs of patterns, in which {1}, {2}, … stand for what a sentence
is about. Whoever shows a result finds the pattern that a sentence was made by (`Phrasebook`). `untold` names the sentences of a
check that have no translation, and translations that belong to no sentence.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import RootModel

from grader.yamlfile import Text, read_model

COMMON = "common"
"""texts/common.yaml: what the modules say that the checks of several sections share"""

LONGEST, DEEPEST, MOST_PARTS = 600, 4, 6
_PLACE = re.compile(r"\{(\w+)\}")
_SPACED_PLACE = re.compile(r"( ?)\{(\w+)\}( ?)")
_PROSE = re.compile(r"[A-Za-z]{2,}.*\s.*[A-Za-z]|[A-Za-z]\w* .*\{1\}")
_ALTERNATIVES = re.compile(r"\S\|\S")


_Pairs = RootModel[tuple[Text, ...]]
_Memory = dict[tuple[str, int], str | None]
"""(text, how deep inside the sentence) → what is told of it"""


@dataclass(frozen=True)
class _Phrase:
    """A sentence by its pattern. `core`: the longest text that it has in any case, to be looked for first."""

    pattern: re.Pattern[str]
    core: str
    text: str

    def found(self, said: str, start: int = 0) -> re.Match[str] | None:
        """What fills in brackets must close them: a part of a longer sentence is not taken for the whole of one."""
        if self.core not in said:
            return None
        match = self.pattern.fullmatch(said, start)
        return match if match and all(_balanced(part or "") for part in match.groups()) else None


class Phrasebook:
    """Sentences by their patterns. The more a pattern says itself, the sooner it is tried.

    inside  name of a place → the regular expression of what may stand there; anything, where none is given
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], inside: Mapping[str, str] | None = None) -> None:
        ordered = sorted(pairs, key=lambda pair: -len(_PLACE.sub("", pair[0])))
        self._phrases = [_phrase(source, text, inside or {}) for source, text in ordered]
        self._ends = [_phrase(source, text, inside or {}) for source, text in ordered if source[:1] in " (;:"]

    def told(self, said: str) -> str | None:
        """`said` in the other language, with everything in it that is a phrase, too; None when it is not known."""
        return self._told(said, {}, 0) if len(said) <= LONGEST else None

    def _told(self, said: str, memory: _Memory, depth: int) -> str | None:
        """As a whole, or else as far as its parts are known."""
        return self._wholly(said, memory, depth) or self._named(said, memory, depth, self._told, any)

    def _wholly(self, said: str, memory: _Memory, depth: int) -> str | None:
        if (said, depth) not in memory and depth < DEEPEST:
            memory[said, depth] = (
                self._named(said, memory, depth, self._wholly, all)
                or self._whole(said, memory, depth)
                or self._with_end(said, memory, depth)
                or self._listed(said, memory, depth)
            )
        return memory.get((said, depth))

    def _whole(self, said: str, memory: _Memory, depth: int) -> str | None:
        for phrase in self._phrases:
            if match := phrase.found(said):
                return self._filled(phrase.text, match, memory, depth)
        return None

    def _with_end(self, said: str, memory: _Memory, depth: int) -> str | None:
        """Anything that goes on with a phrase: "0.5 (this is the sum)"."""
        for phrase in self._ends:
            for start in (m.start() for m in re.finditer(r"[ (;:]", said)):
                if start and (match := phrase.found(said, start)):
                    return said[:start] + self._filled(phrase.text, match, memory, depth)
        return None

    def _listed(self, said: str, memory: _Memory, depth: int) -> str | None:
        """Several phrases, of which one may have commas itself."""
        for comma in [m.start() for m in re.finditer(", ", said)][:MOST_PARTS]:
            first = self._wholly(said[:comma], memory, depth + 1)
            rest = first and self._wholly(said[comma + 2 :], memory, depth + 1)
            if rest:
                return f"{first}、{rest}"
        return None

    def _named(
        self,
        said: str,
        memory: _Memory,
        depth: int,
        tell: Callable[[str, _Memory, int], str | None],
        enough: Callable[[Iterable[str | None]], bool],
    ) -> str | None:
        """What is found, after the name of what it was found in: "area: element [0] is …"."""
        if depth >= DEEPEST:
            return None
        for colon in [m.start() for m in re.finditer(": ", said)][:MOST_PARTS]:
            what, rest = said[:colon], said[colon + 2 :]
            if _balanced(what):
                parts = (tell(what, memory, depth + 1), tell(rest, memory, depth + 1))
                if enough(parts):
                    return f"{parts[0] or what}：{parts[1] or rest}"
        return None

    def _filled(self, text: str, found: re.Match[str], memory: _Memory, depth: int) -> str:
        """In one pass, so that nothing that was filled in is taken for a place. Chinese stands without blanks."""

        def part(place: re.Match[str]) -> str:
            before, name, after = place.groups()
            said = found[f"_{name}"] or ""
            told = self._told(said, memory, depth + 1)
            if not told:
                return f"{before}{said}{after}"
            return f"{before if told[0].isascii() else ''}{told}{after if told[-1].isascii() else ''}"

        return _SPACED_PLACE.sub(part, text)


def _phrase(source: str, text: str, inside: Mapping[str, str]) -> _Phrase:
    pieces, at, seen = [], 0, set()
    for place in _PLACE.finditer(source):
        name = f"_{place[1]}"
        part = f"(?P={name})" if name in seen else f"(?P<{name}>{inside.get(place[1], '.*?')})"
        pieces += [re.escape(source[at : place.start()]), part]
        seen.add(name)
        at = place.end()
    pattern = re.compile("".join([*pieces, re.escape(source[at:])]), re.DOTALL)
    return _Phrase(pattern, max(re.split(_PLACE.pattern.replace("(", "(?:"), source), key=len), text)


def _balanced(text: str) -> bool:
    depth = 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if depth < 0:
            return False
    return depth == 0


# ---------------------------------------------------------------- reading


@cache
def read_texts(folder: Path, module: str) -> tuple[Text, ...]:
    """The pairs of a section's checks and of what they share; () where the course has none. Raises CourseError."""
    return tuple(pair for name in (module, COMMON) for pair in _read(folder / f"{name}.yaml"))


def _read(path: Path) -> tuple[Text, ...]:
    return read_model(path, _Pairs).root if path.is_file() else ()


# ---------------------------------------------------------------- what the checks can say


def untold(folder: Path, name: str, sources: Iterable[Path]) -> Iterator[str]:
    """Sentences in `sources` without a pair in texts/<name>.yaml, pairs without a sentence, and unlike places."""
    path = folder / f"{name}.yaml"
    told = {pair.en: pair.zh for pair in _read(path)}
    known: set[str] = set()
    for file in sources:
        for line, text in _strings(ast.parse(file.read_text(encoding="utf-8"))):
            if is_prose(text) and text not in told and text not in known:
                yield f"{file}:{line}: {text!r} has no pair in {path}"
            known.add(text)
    for source, text in told.items():
        if source not in known:
            yield f"{path}: no check says {source!r} (any more)"
        if set(_PLACE.findall(source)) != set(_PLACE.findall(text)):
            yield f"{path}: {source!r} and {text!r} have different places"


def is_prose(text: str) -> bool:
    """Whether a string is meant for a reader: it has words and blanks, and is no regular expression of alternatives."""
    return bool(_PROSE.search(text.strip())) and not _ALTERNATIVES.search(text) and "\n" not in text


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, pattern) of every string but docstrings; what an f-string fills in is {1}, {2}, …"""
    parts = _parts_of_strings(tree)
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, _as_pattern(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def _parts_of_strings(tree: ast.AST) -> set[int]:
    """ids of the nodes that are no strings of their own: docstrings, and the constant parts of f-strings."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            found |= {id(v) for v in node.values if isinstance(v, ast.Constant)}
            formats = (v.format_spec for v in node.values if isinstance(v, ast.FormattedValue))
            found |= {id(n) for f in formats if f is not None for n in ast.walk(f)}
    return found


def _as_pattern(node: ast.JoinedStr) -> str:
    number = iter(range(1, len(node.values) + 1))
    return "".join(
        str(v.value) if isinstance(v, ast.Constant) else f"{{{next(number)}}}" for v in node.values
    )
