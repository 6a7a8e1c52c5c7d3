"""A sealed course: texts, stubs and public checks with recorded cases and answers, without the reference.

    course.zip = rubric.yaml, student_template/, tests/exercises/ with a frame for each check in sealed/ (grader.recorded)

It comes from somebody else: its archive is opened within limits, and only plain files are taken out of it. What its checks do
is another matter: they are Python that runs in the grader, as any course's do.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import platformdirs

from grader.errors import CourseError

FOLDER = "sealed"
"""inside tests/exercises"""
MOST_FILES = 2_000
MOST_BYTES = 500_000_000
MOST_OF_A_FILE = 100_000_000


def opened(archive: Path) -> Path:
    """The folder of a sealed course: unpacked once, under its own digest. Raises CourseError."""
    try:
        data = archive.read_bytes() if archive.stat().st_size <= MOST_BYTES else b""
    except OSError as e:
        raise CourseError(f"{archive}: cannot be read ({e.strerror})") from e
    if not data:
        raise CourseError(
            f"{archive}: empty, or more than {MOST_BYTES >> 20} MB; wanted what grade seal wrote"
        )
    place = platformdirs.user_cache_path("d2l-vision-grader") / FOLDER / hashlib.sha256(data).hexdigest()[:32]
    if (place / "rubric.yaml").is_file():
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".opening-", dir=place.parent))
        try:
            _unpack(archive, folder)
            if not place.exists():  # another process may have been faster
                folder.rename(place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as e:
        raise CourseError(
            f"{place}: the sealed course cannot be unpacked there ({e.strerror}); make room"
        ) from e
    return place


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as found:
            members = [m for m in found.infolist() if not m.is_dir()]
            if len(members) > MOST_FILES or sum(m.file_size for m in members) > MOST_BYTES:
                raise CourseError(
                    f"{archive}: more than {MOST_FILES} files or {MOST_BYTES >> 20} MB; not a sealed course"
                )
            names = [_safe(archive, m) for m in members]
            if len(set(names)) < len(names) or PurePosixPath("rubric.yaml") not in names:
                raise CourseError(
                    f"{archive}: not a sealed course (no rubric.yaml, or a name that is there twice)"
                )
            for member, name in zip(members, names, strict=True):
                with found.open(member) as file:
                    data = file.read(member.file_size + 1)  # the announced size may be a lie
                if len(data) > member.file_size:
                    raise CourseError(f"{archive}: {name} is larger than announced")
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as e:
        raise CourseError(f"{archive}: not a readable zip archive ({e}); get the sealed course again") from e


def _safe(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    """The member's path, if it is a plain file inside the folder. Raises CourseError."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    inside = not name.is_absolute() and ".." not in name.parts and ":" not in member.filename
    if is_link or not inside or not name.parts or member.file_size > MOST_OF_A_FILE:
        raise CourseError(
            f"{archive}: {member.filename!r} is no plain file inside the course; not a sealed course"
        )
    return name
