"""Training tasks on the command line: options of `grade` and `grade batch`, and `grade calibrate`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from grader.choices import TaskData, TaskSize
from grader.cli_data import data_folder
from grader.cli_publish import CourseOption
from grader.console import console
from grader.errors import UsageError

TrainOption = Annotated[
    bool, typer.Option("--train", help="Run the training tasks, too; without, they stay open.")
]
DeviceOption = Annotated[
    str, typer.Option("--device", metavar="DEVICE", help="Where they train: auto, cpu, cuda or cuda:1.")
]
SizeOption = Annotated[
    TaskSize,
    typer.Option(
        "--size",
        help="How large they are: gpu is the book's own sizes, which auto takes on a GPU where they are calibrated.",
    ),
]
DataOption = Annotated[
    TaskData,
    typer.Option(
        "--data", help="What they train on: drawn pictures, or real data sets (see: grade data list)."
    ),
]


def training_of(
    train: bool, device: str, size: TaskSize, data: TaskData = TaskData.course
) -> Callable[[], Any] | None:
    """What chooses the setting of training tasks once torch is imported; None when they are not wanted."""
    if not train:
        if (device, size, data) != ("auto", TaskSize.auto, TaskData.course):
            raise UsageError("--device, --size and --data are about training tasks; add --train to run them")
        return None

    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", device):
        raise UsageError(f"--device {device}: wanted auto, cpu, cuda or cuda:1")

    def setting() -> Any:
        from grader.training import setting_for

        return setting_for(device, size.value, data=data.value, folder=str(data_folder()))

    return setting


def calibrate(
    task: Annotated[
        list[str] | None,
        typer.Argument(help="Training items: 13.1.1/trained, 13.1.1, 13.1.", show_default="all"),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="How many paired seeds.")] = 5,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first seed.")] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Hold the rubric's thresholds against the results.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="VARIANT", help="Only this variant. Repeatable.")
    ] = None,
    device: DeviceOption = "auto",
    size: SizeOption = TaskSize.auto,
    data: DataOption = TaskData.course,
    course: CourseOption = None,
) -> None:
    """Train the reference and its known-right and known-wrong variants over several seeds, and compare (for authors)."""
    from grader.calibration.measure import training_items
    from grader.calibration.run import run_all
    from grader.course import find_course
    from grader.training import require_sets

    found = find_course(course)
    items = training_items(found, task or [])
    choose = training_of(True, device, size, data)
    assert choose is not None  # it trains
    setting = choose()
    require_sets(found, frozenset(i.exercise.id for i in items), setting)
    wrong = run_all(
        found,
        items,
        seeds=range(first, first + seeds),
        setting=setting,
        check=check,
        only=only or [],
        console=console(),
    )
    raise typer.Exit(1 if wrong else 0)
