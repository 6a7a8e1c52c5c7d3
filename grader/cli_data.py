"""`grade data`: the real data sets of a course, fetched once and kept in one folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli_publish import CourseOption
from grader.console import console, errors
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


def data_folder() -> Path:
    """Where data sets lie: $GRADER_DATA, else the user's cache."""
    from platformdirs import user_cache_path

    chosen = os.environ.get(FOLDER)
    return Path(chosen).expanduser().resolve() if chosen else user_cache_path("grade") / "data"


@app.command("list", epilog="Example:  grade data list")
def list_sets(course: CourseOption = None) -> None:
    """Show what there is, how large it is, and what is here already."""
    from rich.table import Table

    catalogue, store = _open(course)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Name", "What it is", "For", "Size", "Here"):
        table.add_column(heading, no_wrap=heading == "Name")
    for each in catalogue.sets:
        table.add_row(each.name, each.title.en, ", ".join(each.sections), _size(each), _here(each, store))
    stdout = console()
    stdout.print(table)
    stdout.print(f"\nFolder: {store.root}   (another one: export {FOLDER}=…)", soft_wrap=True, markup=False)


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
    course: CourseOption = None,
) -> None:
    """Download data sets, check them and unpack them. What broke off goes on where it was.

    Downloads are checked against the publisher's checksum before anything is unpacked; a set appears whole or not at all.
    """
    from grader.datasets.fetch import fetch as fetch_one
    from grader.datasets.fetch import take

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
            with _progress(each) as heard:
                new = fetch_one(each, store, heard, again=again)
            if not new:
                console().print(f"{each.name}: is there already, in {store.folder(each)}", soft_wrap=True)
                continue
        console().print(f"{each.name}: checked and unpacked into {store.folder(each)}", soft_wrap=True)


@app.command(epilog="Examples:  grade data verify · grade data verify hotdog")
def verify(names: NamesArgument = None, course: CourseOption = None) -> None:
    """Read every file of fetched sets again and compare it with what was published. Exit code 1: something is wrong."""
    from grader.datasets import State

    catalogue, store = _open(course)
    chosen = (
        catalogue.select(names)
        if names
        else [each for each in catalogue.sets if store.state(each) is State.READY]
    )
    if not chosen:
        console().print(f"Nothing has been fetched into {store.root}", soft_wrap=True)
    wrong = False
    for each in chosen:
        problems = store.problems(each)
        for line in problems[:20]:
            errors().print(line, soft_wrap=True, markup=False)
        if problems:
            wrong = True
            errors().print(
                f"{each.name}: {len(problems)} problems; fetch it again: grade data fetch {each.name} --again"
            )
        else:
            console().print(f"{each.name}: as it was published")
    raise typer.Exit(1 if wrong else 0)


def _open(course: Path | None) -> tuple[Catalogue, Store]:
    from grader.course import find_course
    from grader.datasets import Store

    return find_course(course).catalogue, Store(data_folder())


def _size(wanted: DataSet) -> str:
    return f"{wanted.size / 1e6:.0f} MB" if wanted.size else "not known"


def _here(wanted: DataSet, store: Store) -> str:
    from grader.datasets import State

    state = store.state(wanted)
    if state is State.PARTIAL:
        return f"{store.part(wanted).stat().st_size / 1e6:.0f} MB of it"
    return "yes" if state is State.READY else "-"


@contextlib.contextmanager
def _progress(wanted: DataSet) -> Iterator[Callable[[int, int | None], None]]:
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
                stream.print(f"{wanted.name}: downloading {wanted.file_name}")
            began = True
            bar.update(task, completed=done, total=total or wanted.size)

        yield heard
