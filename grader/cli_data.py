"""`grade data`: the real data sets of a course, fetched once and kept in one folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli_publish import CourseOption
from grader.console import console, errors, language_of
from grader.errors import UsageError

if TYPE_CHECKING:
    from grader.datasets import Catalogue, DataSet, Store

FOLDER = "GRADER_DATA"

app = typer.Typer(
    no_args_is_help=True,
    help="List, fetch and check the real data sets that a course can train on.\n\n"
    "They lie in the folder that the variable GRADER_DATA names, else in the user's cache.",
    epilog="Examples:  grade data list · grade data fetch hotdog · grade data verify",
)

NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Data sets, by the names of: grade data list.")
]


LanguageOption = Annotated[str, typer.Option("--lang", help="en or zh.", show_default="from the environment")]


def data_folder() -> Path:
    """Where data sets lie: $GRADER_DATA, else the user's cache."""
    from platformdirs import user_cache_path

    chosen = os.environ.get(FOLDER)
    return Path(chosen).expanduser().resolve() if chosen else user_cache_path("grade") / "data"


@app.command("list", epilog="Example:  grade data list")
def list_sets(language: LanguageOption = "", course: CourseOption = None) -> None:
    """Show what there is, how large it is, and what is here already."""
    from rich.table import Table

    from grader.report.texts import words

    catalogue, store = _open(course)
    spoken = language_of(language)
    _ = words(spoken).gettext
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in (_("Name"), _("What it is"), _("For"), _("Size"), _("Here")):
        table.add_column(heading, no_wrap=heading == _("Name"))
    for each in catalogue.sets:
        sections, title = ", ".join(each.sections), each.title.in_language(spoken)
        table.add_row(each.name, title, sections, _size(each, _), _here(each, store, _))
    stdout = console()
    stdout.print(table)
    where = _("Folder: {folder}   (another one: export {variable}=…)")
    stdout.print("\n" + where.format(folder=store.root, variable=FOLDER), soft_wrap=True, markup=False)


@app.command(
    epilog="Examples:  grade data fetch hotdog · grade data fetch --all · grade data fetch voc2012 --from VOC.tar"
)
def fetch(
    names: NamesArgument = None,
    every: Annotated[bool, typer.Option("--all", help="Everything the course names.")] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Take this file, downloaded by other means, instead."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also when it is there already.")] = False,
    language: LanguageOption = "",
    course: CourseOption = None,
) -> None:
    """Download data sets, check them and unpack them. What broke off goes on where it was.

    Downloads are checked against the publisher's checksum before anything is unpacked; a set appears whole or not at all.
    """
    from grader.datasets.fetch import fetch as fetch_one
    from grader.datasets.fetch import take
    from grader.report.texts import words

    _ = words(language_of(language)).gettext
    catalogue, store = _open(course)
    if bool(names) == every:
        raise UsageError("name the data sets to fetch, or --all (see: grade data list)")
    chosen = [s for s in catalogue.sets if not s.package] if every else catalogue.select(names or [])
    if source is not None and len(chosen) != 1:
        raise UsageError("--from FILE is one data set's file: name that one data set")
    for each in chosen:
        if source is not None:
            take(each, store, source)
        else:
            with _progress(each, _) as heard:
                new = fetch_one(each, store, heard, again=again)
            if not new:
                there = _("{name}: is there already, in {folder}")
                console().print(there.format(name=each.name, folder=store.folder(each)), soft_wrap=True)
                continue
        done = _("{name}: checked and unpacked into {folder}")
        console().print(done.format(name=each.name, folder=store.folder(each)), soft_wrap=True)


@app.command(epilog="Examples:  grade data verify · grade data verify hotdog")
def verify(names: NamesArgument = None, language: LanguageOption = "", course: CourseOption = None) -> None:
    """Read every file of fetched sets again and compare it with what was published. Exit code 1: something is wrong."""
    from grader.datasets import State
    from grader.report.texts import words

    _ = words(language_of(language)).gettext
    catalogue, store = _open(course)
    chosen = (
        catalogue.select(names)
        if names
        else [each for each in catalogue.sets if store.state(each) is State.READY]
    )
    if not chosen:
        console().print(_("Nothing has been fetched into {folder}").format(folder=store.root), soft_wrap=True)
    wrong = False
    for each in chosen:
        problems = store.problems(each)
        for line in problems[:20]:
            errors().print(line, soft_wrap=True, markup=False)
        if problems:
            wrong = True
            mend = _("{name}: {count} problems; fetch it again: grade data fetch {name} --again")
            errors().print(mend.format(name=each.name, count=len(problems)), soft_wrap=True)
        else:
            console().print(_("{name}: as it was published").format(name=each.name))
    raise typer.Exit(1 if wrong else 0)


def _open(course: Path | None) -> tuple[Catalogue, Store]:
    from grader.course import find_course
    from grader.datasets import Store

    return find_course(course).catalogue, Store(data_folder())


def _size(wanted: DataSet, _: Callable[[str], str]) -> str:
    return f"{wanted.size / 1e6:.0f} MB" if wanted.size else _("not known")


def _here(wanted: DataSet, store: Store, _: Callable[[str], str]) -> str:
    from grader.datasets import State

    state = store.state(wanted)
    if state is State.PARTIAL:
        return _("{size} MB of it").format(size=f"{store.part(wanted).stat().st_size / 1e6:.0f}")
    return _("yes") if state is State.READY else "-"


@contextlib.contextmanager
def _progress(wanted: DataSet, _: Callable[[str], str]) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal, a line in a pipe; nothing where nothing is downloaded."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    stream = errors()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stream, disable=not stream.is_terminal, transient=True) as bar:
        task = bar.add_task(wanted.name, total=wanted.size)
        began = False

        def heard(done: int, total: int | None) -> None:
            nonlocal began
            if not began and not stream.is_terminal:
                said = _("{name}: downloading {file}").format(name=wanted.name, file=wanted.file_name)
                stream.print(said, soft_wrap=True)
            began = True
            bar.update(task, completed=done, total=total or wanted.size)

        yield heard
