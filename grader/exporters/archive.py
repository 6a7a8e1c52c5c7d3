"""The autograder archive for Gradescope: this program, the course, and the two scripts that Gradescope runs.

The archive is made of what is installed here, so that Gradescope grades by exactly the same course. Its image needs
Python 3.11 or later (Gradescope's Ubuntu 24.04 image has 3.12) and 6 GB of memory; see docs/platforms.md.
"""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from grader.course import Course
from grader.errors import UsageError

DISTRIBUTION = "d2l-vision-grader"
_COURSE = ("rubric.yaml", "data.yaml", "reference", "student_template", "tests/exercises")
_LEFT_OUT = frozenset({"__pycache__", ".hypothesis", ".pytest_cache"})
_EXECUTABLE, _PLAIN = 0o100755, 0o100644


def gradescope_zip(course: Course, exercises: Sequence[str], language: str) -> bytes:
    """The archive to upload as the autograder of a programming assignment.

    exercises  ids or sections to grade; none for the whole course
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", _setup(exercises).encode(), _EXECUTABLE)
        _add(archive, "run_autograder", _run(exercises, language).encode(), _EXECUTABLE)
        _add(archive, "requirements.txt", _requirements().encode(), _PLAIN)
        for name, path in sorted(_files(course)):
            _add(archive, name, path.read_bytes(), _PLAIN)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same content gives the same archive
    entry.external_attr = mode << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _files(course: Course) -> Iterator[tuple[str, Path]]:
    package = Path(__file__).resolve().parent.parent
    for path in _below(package):
        inside = path.relative_to(package)
        if inside.parts[0] != "course":  # an installed package carries its course there; ours goes beside it
            yield f"grader/{inside.as_posix()}", path
    for name in _COURSE:
        root = course.root / name
        for path in [root] if root.is_file() else _below(root):
            yield f"course/{path.relative_to(course.root).as_posix()}", path


def _below(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        if path.is_file() and not _LEFT_OUT & set(path.parts) and path.suffix != ".pyc":
            yield path


def _requirements() -> str:
    """What the program needs, in the versions that are installed here."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        raise UsageError(f"{DISTRIBUTION} is not installed here; install it with pip first") from None
    needed = (Requirement(r) for r in wanted)
    names = sorted(r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""}))
    return "".join(f"{name}=={metadata.version(name).partition('+')[0]}\n" for name in names)


_GRADE = """export PYTHONPATH=/autograder/source XDG_CACHE_HOME=/var/cache COLUMNS=100
/opt/grader/bin/python -m grader.cli run --course /autograder/source/course"""


def _setup(exercises: Sequence[str]) -> str:
    return f"""#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: Python packages into an environment of their own, torch without CUDA.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends python3 python3-venv python3-pip
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {{
    echo "Python 3.11 or later is needed: choose Gradescope's newest Ubuntu image" >&2
    exit 1
}}
python3 -m venv /opt/grader
/opt/grader/bin/pip install --no-cache-dir \\
    --extra-index-url https://download.pytorch.org/whl/cpu -r /autograder/source/requirements.txt
# The reference is graded once: it shows that this image can grade, and the cases that are generated are kept for submissions.
{_GRADE}{_chosen(exercises)} /autograder/source/course/reference ||
    echo "The reference does not get full marks in this image, see above: try a submission of your own before you go on" >&2
"""


def _run(exercises: Sequence[str], language: str) -> str:
    return f"""#!/usr/bin/env bash
# Runs for every submission. results.json is written again after every exercise, so that a time limit leaves what was judged.
cd /autograder
mkdir -p results
{_GRADE}{_chosen(exercises)} \\
    --lang {shlex.quote(language)} --gradescope results/results.json /autograder/submission
code=$?
# 1 means points lost, 2 an unusable submission (results.json says why); anything else is for the instructor to see
[ "$code" -le 2 ] || exit "$code"
"""


def _chosen(exercises: Sequence[str]) -> str:
    return "".join(f" -e {shlex.quote(e)}" for e in exercises)
