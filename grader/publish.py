"""Results on disk → a file of another platform: reads what is needed, calls the exporter, writes the whole file or none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course, find_course
from grader.errors import UsageError
from grader.exporters import (
    Filled,
    Roster,
    Settings,
    autolab,
    brightspace,
    canvas,
    classroom50,
    grades_csv,
    grades_json,
    junit,
    legacy,
    moodle,
    read_roster,
)
from grader.exporters.archive import gradescope_zip
from grader.exporters.autolab import Problems
from grader.exporters.github import commands, summary
from grader.exporters.gradescope import results as gradescope_results
from grader.exporters.gradescope import unusable as gradescope_unusable
from grader.exporters.pictures import pictures
from grader.exporters.prairielearn import results as prairielearn_results
from grader.files import write_bytes, write_text
from grader.model import ClassResult, Score
from grader.report.stored import read_class, read_result, student_result


@dataclass(frozen=True)
class Request:
    """What a user asked to be exported, and how."""

    results: Path | None
    out: Path | None
    into: Path | None
    settings: Settings
    problems: Problems = "exercise"
    root: str = ""
    pictures: Path | None = None
    exercises: tuple[str, ...] = ()
    course_dir: Path | None = None


_Environment = Mapping[str, str]
_OneMaker = Callable[[Score, Course, Request, _Environment], str]
_TableMaker = Callable[[ClassResult, Roster, Course, Settings], Filled]

_OF_ONE: dict[str, _OneMaker] = {
    "gradescope": lambda s, c, r, _: gradescope_results(s, c.rubric, r.settings),
    "github": lambda s, c, r, _: commands(s, c.rubric, r.settings.language, root=r.root),
    "github-summary": lambda s, c, r, _: summary(s, c.rubric, r.settings.language),
    "classroom50": lambda s, c, r, e: classroom50(s, c.rubric, r.settings, e),
    "github-classroom": lambda s, c, r, _: legacy(s, c.rubric, r.settings),
    "junit": lambda s, c, r, _: _junit(s, c, r),
    "prairielearn": lambda s, c, r, _: prairielearn_results(
        student_result(s.submission, s), c.rubric, r.settings, pictures(s, c.rubric, r.settings.language)
    ),
    "autolab": lambda s, c, r, _: autolab(s, c.rubric, r.settings, r.problems),
}
_OF_CLASS: dict[str, Callable[[ClassResult, Course], str]] = {
    "grades-csv": lambda result, _: grades_csv(result),
    "grades-json": lambda result, course: grades_json(result, course.rubric),
}
_INTO_A_TABLE: dict[str, _TableMaker] = {
    "canvas": lambda result, roster, _, settings: canvas(result, roster, settings),
    "moodle": lambda result, roster, course, settings: moodle(result, roster, course.rubric, settings),
    "brightspace": lambda result, roster, _, settings: brightspace(result, roster, settings),
}


def publish(form: str, request: Request, environment: _Environment) -> Iterator[str]:
    """Write one export; yields what the user should know beside it.

    environment  the variables a platform sets for its grader
    Raises UsageError when something is missing or does not fit together.
    """
    course = find_course(request.course_dir)
    if form == "gradescope-zip":
        yield from _write_archive(course, request)
        return
    if request.results is None:
        raise UsageError(
            f"export {form}: name a result (grade --json FILE) or the folder that grade batch wrote"
        )
    if form in _OF_ONE:
        _write(_OF_ONE[form](_one(request.results, course), course, request, environment), request.out)
        return
    result = read_class(request.results, course.rubric)
    if form in _OF_CLASS:
        _write(_OF_CLASS[form](result, course), request.out)
        return
    yield from _fill(_INTO_A_TABLE[form], form, result, course, request)


def _one(path: Path, course: Course) -> Score:
    if not path.is_dir():
        return read_result(path, course.rubric)
    scores = [s.score for s in read_class(path, course.rubric).students if s.score is not None]
    if len(scores) != 1:
        raise UsageError(
            f"{path}: holds {len(scores)} results, wanted one; name a file in {path / 'students'}"
        )
    return scores[0]


def _junit(score: Score, course: Course, request: Request) -> str:
    """With `pictures`, each drawn counterexample is a file there, attached by the path the user named."""
    attached: dict[str, str] = {}
    if request.pictures is not None:
        for check, svg in pictures(score, course.rubric, request.settings.language).items():
            write_text(request.pictures / f"{check}.svg", svg)
            attached[check] = (request.pictures / f"{check}.svg").as_posix()
    return junit(score, course.rubric, request.settings.language, root=request.root, pictures=attached)


def _fill(
    make: _TableMaker, form: str, result: ClassResult, course: Course, request: Request
) -> Iterator[str]:
    if request.into is None:
        raise UsageError(f"export {form}: name the file you downloaded there with --into FILE")
    try:
        with request.into.open(encoding="utf-8", newline="") as f:
            downloaded = f.read()
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"{request.into}: cannot be read as UTF-8 text ({e}); download it again") from None
    filled = make(result, read_roster(downloaded, str(request.into)), course, request.settings)
    _write(filled.text, request.out)
    for name, why in filled.blank:
        yield f"{name}: no grade ({why})"
    for student in filled.unmatched:
        yield f"{student}: has a result, but no row in {request.into} fits its name"


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def _write_archive(course: Course, request: Request) -> Iterator[str]:
    course.rubric.select(request.exercises)  # a wrong id is known before anything is written
    out = request.out or Path("autograder.zip")
    data = gradescope_zip(course, request.exercises, request.settings.language)
    write_bytes(out, data)
    yield f"{out}: {len(data) / 1e6:.1f} MB; upload it as the autograder, with Ubuntu 24.04 and 6 GB of memory"


class Gradescope:
    """results.json while a run goes on: written anew after every exercise, so that a time limit leaves something."""

    def __init__(self, path: Path, course: Course, language: str) -> None:
        self._path, self._course, self._settings = path, course, Settings(language)

    def partial(self, score: Score) -> None:
        self._write(score, unfinished=True)

    def whole(self, score: Score) -> None:
        self._write(score, unfinished=False)

    def unusable(self, message: str) -> None:
        write_text(self._path, gradescope_unusable(message))

    def _write(self, score: Score, *, unfinished: bool) -> None:
        write_text(
            self._path, gradescope_results(score, self._course.rubric, self._settings, unfinished=unfinished)
        )
