"""data.yaml of a course: its real data sets, where they are published, and their checksums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from grader.errors import UsageError
from grader.yamlfile import Strict, Text, read_model

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Checksum = Annotated[
    str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40}|md5:[0-9a-f]{32})$")
]
Inside = Annotated[str, StringConstraints(min_length=1)]


class DataSet(Strict):
    """A file that is published somewhere: an archive that is unpacked, or anything else, which is kept as it is.

    Or a file that a Python package brings: then `package` is set, and `urls` is empty.

    sections  who uses it
    urls      where it is published; the first that answers is used
    checksum  as its publisher gives it: "sha1:…", "md5:…" or "sha256:…"
    size      bytes of the file, where they are known
    unpacked  the most bytes it may unpack to
    holds     paths that are there once it is unpacked; of a package, the one file
    package   the module whose folder has the file
    extra     the extra of this program that installs the package
    """

    name: Name
    title: Text
    sections: tuple[str, ...] = ()
    urls: tuple[Url, ...] = ()
    checksum: Checksum
    size: int | None = Field(default=None, gt=0)
    unpacked: int = Field(default=4_000_000_000, gt=0)
    holds: tuple[Inside, ...] = Field(min_length=1)
    package: str = ""
    extra: str = ""

    @property
    def file_name(self) -> str:
        """What it is called where it is published."""
        published = self.urls[0].partition("?")[0] if self.urls else self.holds[0]
        return PurePosixPath(published).name

    @field_validator("holds")
    @classmethod
    def _below(cls, holds: tuple[str, ...]) -> tuple[str, ...]:
        for path in map(PurePosixPath, holds):
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{path}: wanted a path inside the data set")
        return holds

    @model_validator(mode="after")
    def _from_somewhere(self) -> DataSet:
        if bool(self.urls) == bool(self.package):
            raise ValueError("a data set has either urls or a package")
        if self.package and (len(self.holds) != 1 or not self.extra):
            raise ValueError("a package brings one file (holds) by an extra")
        return self


class Catalogue(Strict):
    """Everything a course can fetch."""

    format: Literal[1] = 1
    sets: tuple[DataSet, ...] = ()

    def named(self, name: str) -> DataSet:
        """Raises UsageError for a name it does not know."""
        found = next((s for s in self.sets if s.name == name), None)
        if found is None:
            known = ", ".join(s.name for s in self.sets) or "none"
            raise UsageError(f"no data set {name!r} in this course; it has: {known} (see: grade data list)")
        return found

    def select(self, names: Sequence[str]) -> list[DataSet]:
        """The sets of these names, each once, in the order they were named."""
        return [self.named(name) for name in dict.fromkeys(names)]

    @model_validator(mode="after")
    def _each_name_once(self) -> Catalogue:
        twice = [n for n, count in Counter(s.name for s in self.sets).items() if count > 1]
        if twice:
            raise ValueError(f"name {twice[0]!r} is used twice")
        return self


def load_catalogue(path: Path) -> Catalogue:
    """A course's data.yaml; one without has no real data sets. Raises CourseError."""
    return read_model(path, Catalogue) if path.is_file() else Catalogue()
