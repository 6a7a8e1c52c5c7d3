"""`grade export` and `grade report`: results in the form of another platform, or as a page."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.choices import Form, Problems, Total, Visibility
from grader.console import console, errors, language_of, progress
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.course import Course

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", metavar="DIR", help="Grade by the course in this folder.", show_default=False),
]


def export(
    form: Annotated[Form, typer.Argument(metavar="FORMAT", help="One of: " + ", ".join(Form) + ".")],
    results: Annotated[
        Path | None, typer.Argument(help="A result (grade --json FILE), or the folder grade batch wrote.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to; otherwise it is printed.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="FILE", help="Canvas, Moodle, Brightspace: the file downloaded there."
        ),
    ] = None,
    assignment: Annotated[str, typer.Option(help="The platform's name of the assignment.")] = "",
    total: Annotated[Total, typer.Option(help="Count written answers once confirmed, or as suggested.")] = (
        Total.confirmed
    ),
    points: Annotated[float | None, typer.Option(help="What a full score is worth there.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=HEADER", help="Moodle: a header in another language.")
    ] = None,
    problems: Annotated[
        Problems, typer.Option(help="Autolab: what the lab's problems are.")
    ] = Problems.exercise,
    visibility: Annotated[Visibility, typer.Option(help="Gradescope: when students see it.")] = (
        Visibility.visible
    ),
    root: Annotated[str, typer.Option(help="The submission's folder in its repository.")] = "",
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="JUnit: write drawn counterexamples there and attach them."),
    ] = None,
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", "-e", metavar="ID", help="gradescope-zip: only these.")
    ] = None,
    language: Annotated[
        str, typer.Option("--lang", help="en or zh.", show_default="from the environment")
    ] = "",
    course: CourseOption = None,
) -> None:
    """Write results in the form of another platform."""
    from grader.exporters import Settings
    from grader.publish import Request, publish
    from grader.report.messages import translated

    pairs = tuple((role, header) for role, _, header in (c.partition("=") for c in column or []))
    settings = Settings(language_of(language), total.value, assignment, points, pairs, visibility.value)
    request = Request(
        results, out, into, settings, problems.value, root, pictures, tuple(exercise or ()), course
    )
    for line in publish(form.value, request, os.environ):
        errors().print(translated(line, settings.language), markup=False, soft_wrap=True)


def report(
    path: Annotated[
        Path,
        typer.Argument(help="A result (grade --json FILE), or what to grade.", show_default="this folder"),
    ] = Path(),
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the page goes.")] = Path(
        "report.html"
    ),
    whole_class: Annotated[
        bool, typer.Option("--class", help="PATH is the folder grade batch wrote: report on the whole class.")
    ] = False,
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", "-e", metavar="ID", help="Only this, when grading.")
    ] = None,
    language: Annotated[
        str, typer.Option("--lang", help="en or zh.", show_default="from the environment")
    ] = "",
    course: CourseOption = None,
) -> None:
    """Write a report as one HTML file, for a student or with --class for the instructor."""
    from grader.course import find_course
    from grader.files import write_text
    from grader.report.html import student_report
    from grader.report.stored import graded_at, read_result
    from grader.report.texts import words

    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; name a result, or what to grade")
    spoken = language_of(language)
    if whole_class:
        page = _class_page(path, find_course(course), spoken)
    elif path.suffix == ".json":
        found = find_course(course)
        page = student_report(
            read_result(path, found.rubric), found.rubric, spoken, graded_at=graded_at(path)
        )
    else:
        from grader.single import grade_one, warming

        found = find_course(course)
        with warming(found, path) as launcher:
            score = grade_one(
                path, found, launcher, exercises=exercise or [], waiting=partial(progress, spoken)
            )
        page = student_report(score, found.rubric, spoken, graded_at=datetime.now(UTC))
    write_text(out, page)
    said = words(spoken).gettext("{path}: open it in a browser").format(path=out)
    console().print(said, markup=False, soft_wrap=True)


def _class_page(folder: Path, course: Course, language: str) -> str:
    from grader.report.class_view import own_code
    from grader.report.html import class_page
    from grader.report.stored import GRADES, graded_at, read_class
    from grader.similar import similar_pairs

    result = read_class(folder, course.rubric)
    code = {s.student: own_code(s.score) for s in result.students if s.score is not None}
    handed_out = [p.read_text(encoding="utf-8") for p in sorted(course.template.glob("*.py"))]
    with progress(language) as say:
        say("Comparing submissions …")
        pairs = similar_pairs(code, handed_out)
    when = graded_at(folder / GRADES) if folder.is_dir() else None
    return class_page(result, course.rubric, language, similar=pairs, graded_at=when)
