"""Where in a submission a finding belongs, for platforms that point at lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.report.view import ItemView

_LINE = re.compile(r"^(?P<where>.+?):(?P<line>\d{1,7})(?: in |: )")


@dataclass(frozen=True)
class Place:
    """A file of the submission and a line in it; None for the line of a notebook's cell, which is no line of the file."""

    path: str
    line: int | None


def in_repository(root: str, path: str) -> str:
    """A submission's file as the repository knows it; `root` is the submission's folder in it, "" or "." for itself."""
    return (PurePosixPath(root or ".") / path).as_posix()


def place(item: ItemView) -> Place | None:
    """The innermost line of the student's that failed, else the first line of the function; None when unknown."""
    if not item.code:
        return None
    failure = item.failure
    named = {code.where: code.path for code in item.code}
    for frame in reversed(failure.trace if failure else ()):
        found = _LINE.match(frame)
        if found and found["where"] in named:
            return _place(named[found["where"]], int(found["line"]))
    called = failure.counterexample.function if failure and failure.counterexample else ""
    code = next((c for c in item.code if c.function == called), item.code[0])
    return _place(code.path, code.line)


def _place(path: str, line: int) -> Place:
    return Place(path, line if path.endswith(".py") else None)
