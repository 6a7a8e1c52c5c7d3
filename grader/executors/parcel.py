"""A course as bytes, so that it can travel to machines that do not have it."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from grader.errors import CourseError

FOLDERS = ("reference", "tests/exercises")
ALWAYS = ("rubric.yaml",)
PERHAPS = ("data.yaml",)


def pack(root: Path) -> bytes:
    """What examining needs of a course; the same files give the same bytes."""
    found = io.BytesIO()
    paths = [root / name for name in ALWAYS]
    paths += [root / name for name in PERHAPS if (root / name).is_file()]
    for folder in FOLDERS:
        paths += sorted(p for p in (root / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            name = path.relative_to(root).as_posix()
            try:
                archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
            except OSError as e:
                raise CourseError(f"{path}: cannot be read ({e.strerror})") from e
    return found.getvalue()


def unpack(parcel: bytes, where: str | None = None) -> tempfile.TemporaryDirectory[str]:
    """A folder in `where` with what `pack` packed; it goes with the object. The parcel comes from whoever runs the batch."""
    folder = tempfile.TemporaryDirectory(prefix="grade-course-", dir=where)
    with zipfile.ZipFile(io.BytesIO(parcel)) as archive:
        archive.extractall(folder.name)
    return folder
