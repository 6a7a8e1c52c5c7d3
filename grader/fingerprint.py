"""Digests of everything an outcome depends on, so that what was examined once need not be examined again.

    key of an exercise = the code it can see (grader.parts) + its checks, reference and support files + secret,
                         device, mode + versions of the grader and of the packages that compute
                       + the keys of the exercises it builds on

There are two of each: by the code's text, and by its meaning, which comments, layout and the place in a notebook do not change.
What failed is told with the student's own lines and stands under the first; full marks look the same for everybody.

Points, titles, hints and key points are no part of a key: they are applied when results are read.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

from grader.course import Course
from grader.model import Submission, Unit
from grader.parts import parts_of
from grader.rubric import Exercise, Rubric, Section
from grader.source import Broken, is_constant, parse

FORMAT = 2
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
COMPUTE = ("torch", "torchvision", "numpy", "pillow", "hypothesis")
# What of a rubric neither finds answers nor examines them: it is free to change.
_LATER = frozenset(
    {
        "points",
        "hints",
        "key_points",
        "convention_credit",
        "question",
        "task",
        "look",
        "shows",
        "zh",
        "visibility",
        "late",
    }
)
AFTERWARDS = frozenset({
    "batch", "calibration", "exporters", "executors", "gradebook", "intake", "locale", "mutation", "report", "schemas", "course",
    "answering.py", "choices.py", "cli.py", "cli_data.py", "cli_publish.py", "cli_student.py", "cli_train.py",
    "console.py", "excerpts.py", "findings.py", "hints.py",
    "magic.py", "overlay.py", "publish.py", "scoring.py", "seal.py", "similar.py", "single.py", "template.py", "verify.py",
    "watch.py", "written.py",
})  # fmt: skip
"""parts of the grader that no outcome passes through; `course` is where the wheel carries the course"""


def digest(*parts: Any) -> str:
    """SHA-256 (hex) of plain values; the order counts."""
    return hashlib.sha256(_ENCODER.encode(parts).encode()).hexdigest()


def bytes_digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------- the grader and its surroundings


def grader_digest() -> str:
    """The grader's own code, as far as outcomes depend on it."""
    root = Path(__file__).resolve().parent
    found = {}
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if inside.parts[0] not in AFTERWARDS:
            found[inside.as_posix()] = bytes_digest(path.read_bytes())
    return digest(found)


def surroundings(device: str) -> dict[str, str]:
    """What outside the course an outcome depends on."""
    found = {name: _version(name) for name in COMPUTE}
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return found | {
        "grader": grader_digest(),
        "python": python,
        "platform": f"{sys.platform} {platform.machine()}",
        "device": device,
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def reading_digest(rubric: Rubric) -> str:
    """What decides how a file is read: the grader, and the names, numbers and titles of the rubric."""
    return digest(FORMAT, grader_digest(), _without(rubric.model_dump(mode="json"), _LATER - {"zh"}))


def _without(value: Any, keys: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    return [_without(v, keys) for v in value] if isinstance(value, list) else value


# ---------------------------------------------------------------- a student's code


@dataclass(frozen=True)
class Codes:
    """exercise id → digest of the code it can see: of its text, and of its meaning; full runs know no meaning."""

    text: Mapping[str, str] = field(default_factory=dict)
    meaning: Mapping[str, str] = field(default_factory=dict)


def code_digests(
    submission: Submission, rubric: Rubric, exercises: Collection[str] | None, *, full: bool
) -> Codes:
    """`full`: notebooks count with every cell."""
    text: dict[str, str] = {}
    meaning: dict[str, str] = {}
    for part in parts_of(submission, rubric, exercises, whole=full):
        units = part.submission.units
        for names, ids in _by_names(part.exercises, rubric):
            text |= dict.fromkeys(ids, _text(units, names, full=full))
            if not full:
                meaning |= dict.fromkeys(ids, _meaning(units, names, ids))
    return Codes(text, meaning)


def _by_names(exercises: Iterable[str], rubric: Rubric) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    """Exercises that ask for the same names: those of a section."""
    for section, ids in groupby(exercises, lambda id: rubric.section_of[id].id):
        names = next(s.names() for s in rubric.sections if s.id == section)
        yield names, tuple(ids)


def _text(units: Iterable[Unit], names: frozenset[str], *, full: bool) -> str:
    found = []
    for unit in units:
        cells = [[c.label, c.source, c.exercise] for c in unit.cells if c.source]
        whole = bytes_digest(unit.notebook) if full and unit.notebook is not None else ""
        found.append([unit.module, unit.path, cells, sorted(unit.attempted & names), whole])
    return digest(found)


def _meaning(units: Sequence[Unit], names: frozenset[str], exercises: Collection[str]) -> str:
    """Statement by statement: where cells begin counts for nothing, and what they answer where that is asked for.

    What a file is called counts where another may import it.
    """
    found = []
    for unit in units:
        answers = [(c, c.exercise if c.exercise in exercises else "") for c in unit.cells]
        statements = [s for cell, answered in answers for s in _dumped(cell.source, answered)]
        found.append([unit.module if len(units) > 1 else "", statements, sorted(unit.attempted & names)])
    return digest("meaning", found)


def _dumped(source: str, answered: str | None) -> Iterator[tuple[str, str | None]]:
    """The statements without their places, and without what does nothing at the top level; with what they answer."""
    try:
        for node in parse(source).body:
            if not isinstance(node, ast.Pass) and not is_constant(node):
                is_import = isinstance(node, ast.Import | ast.ImportFrom)
                yield ast.dump(node), "" if is_import else answered
    except (Broken, RecursionError):
        yield source, answered


# ---------------------------------------------------------------- the course's side


class CourseFingerprint:
    """Digests of what a course's checks consist of, taken from its files; nothing is imported.

    training  whether training tasks are run; their checks and data count only then
    """

    def __init__(self, course: Course, *, training: bool = False) -> None:
        self._course, self._training = course, training
        self._files = {
            p.relative_to(course.root).as_posix(): p
            for folder in (course.tests, course.root / "reference")
            for p in sorted(folder.rglob("*"))
            if p.is_file()
            and "__pycache__" not in p.parts
            and not p.name.startswith(".")
            and (training or course.training not in p.parents)
            and course.texts not in p.parents  # how something is said decides nothing
        }
        self._served = _served(course)
        self._digests: dict[str, str] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._shared: dict[str, tuple[_TestFile, str]] = {}
        self._exercises: dict[str, str] = {}

    def exercise(self, section: Section, exercise: Exercise) -> str:
        """All that decides how `exercise` is judged: its own checks, and what the section's checks share."""
        if exercise.id not in self._exercises:
            self._exercises[exercise.id] = self._exercise(section, exercise)
        return self._exercises[exercise.id]

    def _exercise(self, section: Section, exercise: Exercise) -> str:
        if section.id not in self._shared:
            self._shared[section.id] = self._section(section)
        tests, shared = self._shared[section.id]
        items = [i for i in exercise.items if not i.written and (self._training or i.train is None)]
        checks = {c.name: tests.own.get(f"test_{c.name}", "") for i in items for c in i.checks}
        form = [_without(i.model_dump(mode="json"), _LATER | {"title"}) for i in items]
        return digest(checks, form, shared, self._served)

    def _section(self, section: Section) -> tuple[_TestFile, str]:
        tests = _TestFile(self._text(self._course.test_file(section)))
        files = {name: self._digest(name) for name in sorted(self._seen_by(section))}
        functions = [f.model_dump() for f in section.functions]
        return tests, digest(tests.shared, files, section.module, functions)

    def _seen_by(self, section: Section) -> set[str]:
        """Files that the section's checks can read besides their own: data, and modules that are named."""
        own = (self._course.reference_file(section), self._course.support_file(section))
        found = {self._name(p) for p in own if p.is_file()}
        words = self._words_of(self._name(self._course.test_file(section)))
        words = words.union(*(self._words_of(n) for n in found))
        new = found
        while new:
            new = {n for n in self._files if n not in found and self._is_named(n, words)}
            words = words.union(*(self._words_of(n) for n in new))
            found |= new
        trained = any(i.train for e in section.exercises for i in e.items)
        tasks = {n for n, p in self._files.items() if trained and self._course.training in p.parents}
        return found | tasks | {n for n in self._files if not n.endswith(".py")}

    def _is_named(self, name: str, words: frozenset[str]) -> bool:
        """Another section's checks and support are never read; a module goes by its own or its folder's name."""
        path = self._files[name]
        if self._course.training in path.parents:
            return False  # all of them count, where a section trains
        if path.suffix != ".py" or path.name.startswith("test_") or path.parent.name == "support":
            return False
        folders = path.parent.relative_to(self._course.root).parts
        return path.stem in words or any(
            f in words for f in folders if f not in ("tests", "exercises", "reference")
        )

    def _name(self, path: Path) -> str:
        return path.relative_to(self._course.root).as_posix()

    def _text(self, path: Path) -> str:
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def _digest(self, name: str) -> str:
        if name not in self._digests:
            self._digests[name] = bytes_digest(self._files[name].read_bytes())
        return self._digests[name]

    def _words_of(self, name: str) -> frozenset[str]:
        if name not in self._words:
            is_code = name in self._files and name.endswith(".py")
            text = self._text(self._files[name]) if is_code else ""
            self._words[name] = frozenset(re.findall(r"\w+", text))
        return self._words[name]


def _served(course: Course) -> str:
    """What student code may find that looks for data; it is served whether or not anything trains."""
    if not course.served_support.is_file():
        return ""
    drawn = (
        p
        for p in course.training.rglob("*.py")
        if not p.name.startswith("test_") and p.parent.name != "support"
    )
    files = [course.served_support, *sorted(drawn)]
    return digest({p.relative_to(course.root).as_posix(): bytes_digest(p.read_bytes()) for p in files})


class _TestFile:
    """A module of checks, cut into its tests and what they share.

    own     name of a test → its source with decorators
    shared  everything else, and tests that others mention
    """

    def __init__(self, source: str) -> None:
        lines = source.splitlines()
        self.own: dict[str, str] = {}
        rest, at = [], 0
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
                rest += lines[at:first]
                at = node.end_lineno or first
                self.own[node.name] = "\n".join(lines[first:at])
        rest += lines[at:]
        texts = ["\n".join(rest), *self.own.values()]
        mentions = Counter(w for text in texts for w in re.findall(r"\btest_\w+", text))
        self.shared = "\n".join([texts[0], *(self.own[n] for n in self.own if mentions[n] > 1)])


# ---------------------------------------------------------------- keys


@dataclass(frozen=True)
class Keys:
    """Makes the keys of a submission's exercises.

    selected  exercises that are examined in this run; a prerequisite outside it explains no failure
    """

    rubric: Rubric
    course: CourseFingerprint
    selected: tuple[str, ...]
    constants: str

    @classmethod
    def of(
        cls,
        course: Course,
        selected: Collection[str] | None,
        *,
        secret: str,
        device: str = "cpu",
        full: bool = False,
        training: tuple[str, ...] = (),
    ) -> Keys:
        """
        training  how training tasks are run (size, data); empty when they are not
        """
        ids = tuple(e for e in course.rubric.exercises if selected is None or e in selected)
        constants = digest(FORMAT, secret, full, surroundings(device), *training)
        return cls(course.rubric, CourseFingerprint(course, training=bool(training)), ids, constants)

    def of_code(self, codes: Mapping[str, str]) -> dict[str, str]:
        """exercise id → key, for exercises that have anything to examine; `codes` are those of `code_digests`, of one kind."""
        found: dict[str, str] = {}
        for exercise in self._examined:
            self._key(exercise, codes, found)
        return {e: found[e] for e in self.selected if e in found}

    def _key(self, id: str, codes: Mapping[str, str], found: dict[str, str]) -> str:
        if id not in found:
            found[id] = ""  # a circle of prerequisites ends here
            needs = (self._key(n, codes, found) for n in self._needs[id])
            found[id] = bytes_digest(" ".join((self._besides_code(id), codes[id], *needs)).encode())
        return found[id]

    def _besides_code(self, id: str) -> str:
        """What the keys of an exercise have in common, whoever answers it."""
        if id not in self._constants_of:
            checks = self.course.exercise(self.rubric.section_of[id], self.rubric.exercises[id])
            self._constants_of[id] = digest(self.constants, id, checks)
        return self._constants_of[id]

    @cached_property
    def _constants_of(self) -> dict[str, str]:
        return {}

    @cached_property
    def _examined(self) -> tuple[str, ...]:
        return tuple(e for e in self.selected if any(i.checks for i in self.rubric.exercises[e].items))

    @cached_property
    def _needs(self) -> dict[str, list[str]]:
        """Exercise → the selected ones that it builds on."""
        return {id: [n for n in self._needed(id) if n in self.selected] for id in self.selected}

    def _needed(self, id: str) -> list[str]:
        exercise = self.rubric.exercises[id]
        return sorted({n for i in exercise.items for n, _ in self.rubric.needed_items(exercise, i)} - {id})
