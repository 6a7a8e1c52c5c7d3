"""`grade seal`: a course for students, who can check their answers by it without having the reference.

    course ─ hidden checks out ─→ copy ─ reference examined on tape ─→ recordings ─ reference examined by them ─→ course.zip

A check goes along when it is public and the reference passes it by the recordings alone. The others are withheld: their
items say so and keep their points, which only the instructor's run gives.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from grader.course import DEFAULT_SECRET, Course
from grader.engine import Examined, Examiner, Task
from grader.errors import CourseError
from grader.files import write_bytes
from grader.loader import load_submission
from grader.model import Status, Submission
from grader.plugin import seed_of
from grader.recorded import Recorded, Tape
from grader.rubric import Item, Rubric
from grader.sealed import FOLDER
from grader.subject import LocalSubject
from grader.worker.codec import CodecError

LEFT_OUT = ("__pycache__", "train", FOLDER)
HIDDEN = "hidden"


@dataclass(frozen=True)
class Sealed:
    """What went into a sealed course, and why the rest did not.

    withheld  check → reason
    """

    checks: tuple[str, ...]
    withheld: Mapping[str, str] = field(default_factory=dict)


def seal(course: Course, out: Path, console: Console, *, secret: str = DEFAULT_SECRET) -> Sealed:
    """Write the sealed course to `out` and say what is withheld. Raises CourseError; never leaves half a file."""
    if course.sealed is not None:
        raise CourseError(f"{course.root}: is sealed already; a course is sealed from its reference")
    withheld = dict(_hidden(course.rubric))
    with tempfile.TemporaryDirectory(prefix="grade-seal-") as folder:
        root = Path(folder, "course")
        console.print("Recording the reference …")
        tape = _recorded(course, root, withheld, secret)
        withheld |= tape.refused
        withheld |= _write_frames(root, tape, withheld, secret)
        _write(course, root, withheld)
        console.print("Checking the sealed course …")
        lost = _not_passed(course, Course(root))
        if lost:
            withheld |= lost
            _write(course, root, withheld)
        for name in withheld:
            (root / "tests" / "exercises" / FOLDER / f"{name}.frame").unlink(missing_ok=True)
        write_bytes(out, _zipped(root))
    found = Sealed(tuple(c for c in course.rubric.check_places if c not in withheld), withheld)
    for line in _summary(found, out):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return found


def _summary(found: Sealed, out: Path) -> Iterator[str]:
    yield f"{out}: {len(found.checks)} checks; {len(found.withheld)} withheld"
    for reason, count in Counter(found.withheld.values()).most_common():
        names = [c for c, r in found.withheld.items() if r == reason]
        yield f"  {count} {reason}: {', '.join(names[:6])}{' …' if count > 6 else ''}"


def _hidden(rubric: Rubric) -> Iterator[tuple[str, str]]:
    """(check, reason) of what never goes along."""
    for _, _, item in rubric.rows():
        for check in item.checks:
            if not rubric.is_public(item, check):
                yield check.name, HIDDEN
            elif item.train:
                yield check.name, "train a net"


# ---------------------------------------------------------------- the copy


def _write(course: Course, root: Path, withheld: Collection[str]) -> None:
    """The course's files without what is withheld; frames that are there stay."""
    (root / "tests" / "exercises").mkdir(parents=True, exist_ok=True)
    data = _public(course.rubric, withheld).model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
    (root / "rubric.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(
        course.template,
        root / "student_template",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(*LEFT_OUT),
    )
    for path in sorted(p for p in course.tests.rglob("*") if p.is_file()):
        name = path.relative_to(course.tests)
        if set(LEFT_OUT) & set(name.parts):
            continue
        target = root / "tests" / "exercises" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.name.startswith("test_") and path.suffix == ".py":
            target.write_text(without_tests(path, withheld), encoding="utf-8")
        else:
            shutil.copyfile(path, target)


def _public(rubric: Rubric, withheld: Collection[str]) -> Rubric:
    sections = tuple(
        s.model_copy(
            update={
                "exercises": tuple(
                    e.model_copy(update={"items": tuple(_public_item(rubric, i, withheld) for i in e.items)})
                    for e in s.exercises
                )
            }
        )
        for s in rubric.sections
    )
    return rubric.model_copy(update={"sections": sections})


def _public_item(rubric: Rubric, item: Item, withheld: Collection[str]) -> Item:
    if item.written:
        hidden: dict[str, Any] = {"question": None, "key_points": (), "withheld": 1}
        return item if rubric.is_public(item) else item.model_copy(update=hidden)
    kept = tuple(c for c in item.checks if c.name not in withheld)
    return item.model_copy(update={"checks": kept, "withheld": len(item.checks) - len(kept), "train": None})


def without_tests(path: Path, withheld: Collection[str]) -> str:
    """A module of checks without the tests of some. Raises CourseError when what stays mentions one."""
    source = path.read_text(encoding="utf-8")
    lines, kept, at = source.splitlines(), [], 0
    gone = {f"test_{name}" for name in withheld}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name in gone:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            while first > at and lines[first - 1].lstrip().startswith("#"):
                first -= 1  # a remark above a test belongs to it
            kept += lines[at:first]
            at = node.end_lineno or first
    text = "\n".join([*kept, *lines[at:]]) + "\n"
    named = next((name for name in sorted(gone) if re.search(rf"\b{name}\b", text)), None)
    if named:
        raise CourseError(
            f"{path}: {named} is withheld, but other checks there mention it; move what they share"
        )
    return text


# ---------------------------------------------------------------- recording


def _recorded(course: Course, root: Path, withheld: Collection[str], secret: str) -> Tape:
    """Examine the reference by the public checks and take down what they ask it."""
    _write(course, root, withheld)
    shutil.copytree(course.root / "reference", root / "reference", ignore=shutil.ignore_patterns(*LEFT_OUT))
    tape = Tape()
    try:
        for name, reason in _judged(course, Course(root), secret, tape).items():
            tape.refused.setdefault(name, reason)
    finally:
        shutil.rmtree(root / "reference")
    return tape


def _not_passed(course: Course, sealed: Course) -> dict[str, str]:
    """check → why the reference does not pass it by the recordings."""
    return _judged(course, sealed, DEFAULT_SECRET, None)


def _judged(course: Course, by: Course, secret: str, tape: Tape | None) -> dict[str, str]:
    """The checks of `by` that the reference of `course` does not pass, with the reason."""
    reference: dict[str, Mapping[str, Any]] = {
        s.module: vars(course.reference(s)) for s in course.rubric.sections
    }
    submission = load_submission(course.root / "reference", course.rubric, name="reference")
    results: list[Examined] = []

    def opened(part: Submission) -> LocalSubject:
        return LocalSubject(reference)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the reference's are not about sealing
        Examiner(by, secret=secret, tape=tape).examine([Task(submission, opened)], results.append)
    outcomes = {o.check: o for o in results[0].outcomes}
    found = {c: "" for _, _, i in by.rubric.rows() for c in (k.name for k in i.checks)}
    for name in found:
        outcome = outcomes.get(name)
        if outcome is None:
            found[name] = "did not run"
        elif outcome.status is not Status.PASSED:
            found[name] = f"cannot be judged by the recordings ({outcome.status}: {outcome.message[:120]})"
    return {name: reason for name, reason in found.items() if reason}


def _write_frames(root: Path, tape: Tape, withheld: Collection[str], secret: str) -> dict[str, str]:
    """A frame for each check; the checks whose cases are more than plain data, with the reason."""
    folder = root / "tests" / "exercises" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    refused = {}
    for check, answers in tape.answers.items():
        if check in withheld:
            continue
        recorded = Recorded(seed_of(secret, check), tape.cases[check], answers)
        try:
            (folder / f"{check}.frame").write_bytes(recorded.to_bytes())
        except CodecError as e:
            refused[check] = f"cases that are no plain data ({e})"
    return refused


def _zipped(root: Path) -> bytes:
    """The same files give the same bytes."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        for path in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            member = zipfile.ZipInfo(path.relative_to(root).as_posix())
            member.external_attr = 0o644 << 16
            archive.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return found.getvalue()
