"""The command `grade`: arguments, exit codes, and what is printed. The work is done elsewhere.

Exit codes: 0 every attempted item passed · 1 points lost · 2 unusable input or arguments · 3 a fault of the grader.

Heavy modules are imported inside the commands: a worker warms up meanwhile, and --help answers at once.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from grader import cli_data, cli_doctor, cli_publish, cli_train
from grader.choices import Layout, RunMode, TaskData, TaskSize
from grader.cli_publish import CourseOption
from grader.cli_train import DataOption, DeviceOption, SizeOption, TrainOption, training_of
from grader.console import complain, console, errors, fence, grading, language_of, progress
from grader.errors import GraderError, SubmissionError, UsageError

PASSED, LOST, UNUSABLE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130
TABLE_ROWS = 60
"""a larger class is not printed"""


class _DefaultsToGrading(TyperGroup):
    """`grade my_work` means `grade run my_work`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {*self.commands, "--help", "-h", "--version", "--install-completion", "--show-completion"}
        if not args or args[0] not in known:
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_DefaultsToGrading,
    add_completion=True,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Grade solutions of a course's exercises.\n\n"
    "[bold]grade[/] grades the folder you are in; [bold]grade my_work -e 13.4.2[/] one exercise of another; "
    "[bold]grade run --help[/] shows the options.",
)


LanguageOption = Annotated[str, typer.Option("--lang", help="en or zh.", show_default="from the environment")]
LevelOption = Annotated[
    int | None,
    typer.Option(
        "--require-level", min=1, max=3, metavar="N", help="Run nothing in a sandbox weaker than this level."
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"grade {version('d2l-vision-grader')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Examples:  grade · grade my_work -e 13.4.2 · grade anchor.ipynb --json result.json")
def run(
    path: Annotated[
        Path, typer.Argument(help="Folder, .py file, notebook or zip.", show_default="this folder")
    ] = Path(),
    exercise: Annotated[
        list[str] | None,
        typer.Option(
            "--exercise",
            "-e",
            metavar="ID",
            help="Only this exercise (13.4.2, 14.4.2) or section (13.4). Repeatable.",
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result here as well.")
    ] = None,
    gradescope: Annotated[
        Path | None,
        typer.Option(
            "--gradescope", metavar="FILE", help="Write Gradescope's results.json as checks finish."
        ),
    ] = None,
    mode: Annotated[
        RunMode, typer.Option("--run", help="Of a notebook, run only what defines something, or every cell.")
    ] = RunMode.definitions,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what holds, too.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the total alone.")] = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Grade again after every save.")] = False,
    hint: Annotated[
        str,
        typer.Option("--hint", metavar="ID", help="Show the next hint for an exercise.", show_default=False),
    ] = "",
    explain: Annotated[
        str, typer.Option("--explain", metavar="ID", help="Show what an exercise asks.", show_default=False)
    ] = "",
    language: LanguageOption = "",
    train: TrainOption = False,
    device: DeviceOption = "auto",
    size: SizeOption = TaskSize.auto,
    data: DataOption = TaskData.course,
    level: LevelOption = None,
    course: CourseOption = None,
) -> None:
    """Grade one submission. This is what plain `grade` does."""
    from grader import cli_student

    if hint or explain:
        show = cli_student.show_hint if hint else cli_student.explain
        show(hint or explain, course, language_of(language))
        return
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; name what to grade, or start with: grade init DIR")
    if watch:
        raise typer.Exit(
            _exit_code(cli_student.keep_watching(path, exercise or [], course, language_of(language)))
        )
    from grader.course import find_course
    from grader.single import warming

    graded_by = find_course(course)
    with warming(graded_by, path, [cli_data.data_folder()]) as launcher:
        if not quiet:
            console().print(grading(path, exercise or [], language_of(language)), soft_wrap=True)
        from grader.publish import Gradescope
        from grader.report.data import as_json
        from grader.report.terminal import Detail, report
        from grader.single import grade_one

        results = Gradescope(gradescope, graded_by, language_of(language)) if gradescope else None
        try:
            found = grade_one(
                path,
                graded_by,
                launcher,
                exercises=exercise or [],
                full=mode is RunMode.full,
                waiting=partial(progress, language_of(language)),
                partial=results.partial if results else None,
                training=training_of(train, device, size, data),
                least=level or 1,
            )
        except SubmissionError as e:
            if results is not None:
                results.unusable(str(e))
            raise
    if results is not None:
        results.whole(found)
    detail = Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.NORMAL
    with fence():
        console().print(report(found, graded_by.rubric, language=language_of(language), detail=detail))
    cli_student.remember_result(found, graded_by.rubric)
    if json is not None:
        from grader.files import write_text

        write_text(json, as_json(found, graded_by.rubric, graded_at=datetime.now(UTC)))
    raise typer.Exit(_exit_code(found))


@app.command(epilog="Example:  grade init my_work && cd my_work && grade")
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the template.")],
    language: LanguageOption = "",
    course: CourseOption = None,
) -> None:
    """Write the student template: a .py file of stubs and a notebook for each section."""
    from grader.course import find_course
    from grader.report.texts import words
    from grader.template import copy_template

    written, kept = copy_template(find_course(course), directory)
    stdout = console()
    _ = words(language_of(language)).gettext
    stdout.print(
        _("{number} files written to {folder}").format(number=len(written), folder=directory), markup=False
    )
    if kept:
        stdout.print(
            _("{number} files were there already and stay as they are: {names} …").format(
                number=len(kept), names=", ".join(kept[:5])
            ),
            markup=False,
        )
    stdout.print(
        _("Next: cd {folder}, write an answer in a .py file or its notebook, then: grade").format(
            folder=directory
        ),
        markup=False,
    )


@app.command(epilog="Example:  grade batch submissions/ --out results/")
def batch(
    submissions: Annotated[
        Path,
        typer.Argument(
            help="Folder with one folder, notebook, .py file or zip per student; or a download, zipped or not."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where grades.csv and one JSON per student go.")
    ],
    exercise: Annotated[
        list[str] | None, typer.Option("--exercise", "-e", metavar="ID", help="Only these.")
    ] = None,
    mode: Annotated[
        RunMode, typer.Option("--run", help="Of notebooks, run definitions or every cell.")
    ] = RunMode.definitions,
    train: TrainOption = False,
    device: DeviceOption = "auto",
    size: SizeOption = TaskSize.auto,
    data: DataOption = TaskData.course,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, help="Submissions at a time.", show_default="cores, if memory allows"
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="STUDENT", help="Examine only these; the others' results stay."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Examine again what was examined before.")] = False,
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="CSV", help="Who is in the class: maps ids and names.")
    ] = None,
    layout: Annotated[Layout, typer.Option(help="How the submissions lie there.")] = Layout.auto,
    gradebook: Annotated[
        str, typer.Option("--gradebook", metavar="URL", help="A database.", show_default="a file in --out")
    ] = "",
    dask: Annotated[
        str,
        typer.Option(
            "--dask", metavar="ADDRESS", help="Examine on a Dask cluster: tcp://host:8786, or local."
        ),
    ] = "",
    level: LevelOption = None,
    allow_weak: Annotated[
        bool, typer.Option("--allow-weak", help="Grade even where the sandbox reaches level 1 only.")
    ] = False,
    language: LanguageOption = "",
    course: CourseOption = None,
) -> None:
    """Grade a class: a folder of submissions, or what a learning platform gave out, zipped or not.

    What was examined before is not examined again: after a change, Ctrl-C or a crash just run it once more.
    """
    from grader.batch import Options, grade_class
    from grader.report.table import class_table
    from grader.report.texts import words

    options = Options(
        exercises=exercise or (),
        full=mode is RunMode.full,
        training=training_of(train, device, size, data),
        course=course,
        jobs=jobs,
        gradebook=gradebook,
        force=force,
        only=only or (),
        layout=layout.value,
        dask=dask,
        roster=roster,
        least=level or (1 if allow_weak else 2),
        language=language_of(language),
    )
    _end_like_ctrl_c()
    summary = grade_class(submissions, out, options, errors())
    stdout = console()
    if len(summary.students) <= TABLE_ROWS:
        stdout.print(class_table(summary, stdout.width, options.language))
    said = words(options.language).gettext("{table} has the points of every exercise, {folder} every finding")
    stdout.print(said.format(table=out / "grades.csv", folder=out / "students"), markup=False, soft_wrap=True)
    raise typer.Exit(FAULT if any(row.status == "grader_error" for row in summary.students) else PASSED)


app.command(epilog="Example:  grade export moodle results/ --into worksheet.csv --out filled.csv")(
    cli_publish.export
)
app.command(epilog="Example:  grade report result.json -o report.html")(cli_publish.report)

app.command(epilog="Example:  grade doctor --require-level 3")(cli_doctor.doctor)
app.add_typer(cli_data.app, name="data")


@app.command()
def verify(
    section: Annotated[
        list[str] | None, typer.Option("--section", "-s", metavar="ID", help="Only this section.")
    ] = None,
    secrets: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Instead, grade what is right under N course secrets."),
    ] = None,
    first: Annotated[
        int, typer.Option("--first", min=1, metavar="K", help="Of these, begin with the K-th.")
    ] = 1,
    course: CourseOption = None,
) -> None:
    """Prove the course: reference full marks, stubs zero, known-wrong submissions lose just what they should."""
    from grader.course import find_course

    if secrets is None:
        from grader.verify import verify as prove

        problems = prove(find_course(course), sections=section or [], console=console())
    else:
        from grader.stability import prove_stability

        problems = prove_stability(
            find_course(course), sections=section or [], secrets=secrets, first=first, console=console()
        )
    raise typer.Exit(LOST if problems else PASSED)


@app.command(epilog="Example:  grade mutants -s 13.4 --function box_iou")
def mutants(
    section: Annotated[
        list[str] | None, typer.Option("--section", "-s", metavar="ID", help="Only this section.")
    ] = None,
    function: Annotated[
        list[str] | None, typer.Option("--function", "-f", metavar="NAME", help="Only this definition.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only N mutants of each definition.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write these sections' parts of this page.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Prove the judgement of the checks: small mistakes in the reference must lose points."""
    from grader.course import find_course
    from grader.mutation.proof import prove_judgement

    problems = prove_judgement(
        find_course(course),
        sections=section or [],
        functions=function or [],
        count=sample,
        out=out,
        console=console(),
    )
    raise typer.Exit(LOST if problems else PASSED)


app.command(epilog="Examples:  grade calibrate 13.1.1 · grade calibrate --check --first 101")(
    cli_train.calibrate
)


@app.command(epilog="Example:  grade seal --out course.zip   (students: grade my_work --course course.zip)")
def seal(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where to write the sealed course (.zip).")
    ],
    course: CourseOption = None,
) -> None:
    """Make a course for students: texts, stubs and public checks, but neither the reference nor hidden checks."""
    from grader.course import find_course
    from grader.seal import seal as make

    make(find_course(course), out, errors())


@app.command("list")
def list_exercises(
    language: LanguageOption = "",
    course: CourseOption = None,
) -> None:
    """List the exercises of the course and what they are worth."""
    from grader.course import find_course
    from grader.report.plain import points
    from grader.report.texts import words

    stdout, spoken = console(), language_of(language)
    worth = words(spoken).gettext("{points} points")
    for section in find_course(course).rubric.sections:
        stdout.print(f"\n[bold]{section.id}  {section.title.in_language(spoken)}[/]", highlight=False)
        for exercise in section.exercises:
            title = exercise.title.in_language(spoken)
            said = worth.format(points=points(exercise.points))
            stdout.print(f"  {exercise.id:8} {title}  [dim]{said}[/]", highlight=False)


@app.command()
def template(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a file is out of date.")
    ] = False,
    course: CourseOption = None,
) -> None:
    """Write student_template/ anew from reference/ and rubric.yaml (for authors of a course)."""
    from grader.course import find_course
    from grader.template import make_template, outdated

    found = find_course(course)
    stale = outdated(found)
    if check:
        for name in stale:
            typer.echo(f"{found.template / name}: out of date; run: grade template")
        raise typer.Exit(LOST if stale else PASSED)
    make_template(found)
    typer.echo(f"{len(stale)} files of {found.template} brought up to date")


# ---------------------------------------------------------------- helpers


def _end_like_ctrl_c() -> None:
    """SIGTERM, which batch systems send, ends a command as cleanly as Ctrl-C."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def _exit_code(score: Any) -> int:
    from grader.model import Status

    if score.unjudged:
        return FAULT
    open_ = (None, Status.NOT_ATTEMPTED, Status.NOT_RUN)
    judged = [i.status for i in score.items if i.status not in open_]
    return PASSED if all(s is Status.PASSED for s in judged) else LOST


def main() -> None:
    """Run the command; a user's mistake is one message, never a traceback."""
    try:
        app(standalone_mode=True)
    except UsageError as e:
        complain("red", "error:", str(e), sys.argv)
        sys.exit(UNUSABLE)
    except GraderError as e:
        complain("magenta", "a fault of the grader:", str(e), sys.argv)
        sys.exit(FAULT)
    except Exception as e:
        complain("magenta", "a fault of the grader:", f"{type(e).__name__}: {e}", sys.argv)
        complain(
            "",
            "Please report it with the output of the same command after: export GRADE_DEBUG=1",
            "",
            sys.argv,
        )
        if os.environ.get("GRADE_DEBUG"):
            raise
        sys.exit(FAULT)
    except KeyboardInterrupt:
        complain("", "stopped; what is finished stays", "", sys.argv)
        sys.exit(INTERRUPTED)


def command() -> None:
    """What `grade` runs: `main`, and then an end without taking torch down piece by piece, which takes a second and more."""
    try:
        main()
    except SystemExit as e:
        if "torch" not in sys.modules or not isinstance(e.code, int):
            raise
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError, ValueError):  # the reader of a pipe may be gone
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(e.code)


if __name__ == "__main__":
    command()
