"""`grade doctor`: what the sandbox is made of here, and how to get what is missing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from grader.cli_publish import CourseOption
from grader.console import console


def doctor(
    level: Annotated[
        int | None,
        typer.Option(
            "--require-level",
            min=1,
            max=3,
            metavar="N",
            help="Exit with 1 when the sandbox is weaker than this.",
        ),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Show each layer of the sandbox, why one is missing, and the command that brings it."""
    from grader.course import find_course
    from grader.doctor import PROMISES, look, remedies
    from grader.launch import new_launcher
    from grader.probe import prove

    root = find_course(course).root
    launcher = new_launcher([root])
    try:
        proof = prove(launcher, [root / "rubric.yaml"])
        layers = launcher.layers
    finally:
        launcher.close()
    stdout = console()
    stdout.print("Layers of the sandbox")
    for layer in layers:
        _line(layer.active, layer.name, layer.detail)
    stdout.print("\nA worker tried to")
    for probe in proof.probes:
        _line(
            probe.stopped,
            probe.name,
            "stopped" if probe.stopped else f"got through; level {probe.level} stops it",
        )
    stdout.print(f"\n[bold]Level {proof.level}[/]: {PROMISES[proof.level]}")
    if proof.level < 3:
        stdout.print("\nTo get more:")
        for why, command in remedies(layers, look()):
            stdout.print(Text(f"  {why}:\n    {command}"), soft_wrap=True)
    raise typer.Exit(1 if level is not None and proof.level < level else 0)


def _line(good: bool, name: str, detail: str) -> None:
    mark = ("✓", "green") if good else ("✗", "red")
    console().print(Text.assemble(" ", mark, f" {name:42}", (detail, "dim")), soft_wrap=True)
