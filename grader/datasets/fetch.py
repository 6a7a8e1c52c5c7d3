"""Fetching a data set: from the addresses of the catalogue one after the other, or from a file that is here already."""

from __future__ import annotations

from pathlib import Path

from grader.datasets.catalogue import DataSet
from grader.datasets.download import Heard, Patience, Unreachable, download, size_of
from grader.datasets.store import State, Store, WrongChecksum, check, how_to_get
from grader.errors import UsageError


def fetch(
    wanted: DataSet,
    store: Store,
    heard: Heard,
    *,
    again: bool = False,
    patience: Patience | None = None,
) -> bool:
    """Fetch a set unless it is there; whether it had to be fetched. `again`: also when it is.

    Raises UsageError: no address gives it out, its checksum is wrong, or it does not fit on the disk.
    """
    if wanted.package:
        if store.state(wanted) is not State.READY:
            raise UsageError(f"{wanted.name} is no download: {how_to_get(wanted)}")
        check(wanted, store.folder(wanted) / wanted.holds[0])
        return False
    with store.lock():
        if store.state(wanted) is State.READY and not again:
            return False
        problems: list[str] = []
        for url in wanted.urls:
            try:
                _from(url, wanted, store, heard, patience or Patience())
                return True
            except (Unreachable, WrongChecksum) as e:
                problems.append(str(e))
        raise UsageError(
            f"{wanted.name} could not be fetched:\n"
            + "\n".join(problems)
            + f"\nWhere there is no network: download {wanted.file_name} elsewhere, then: "
            f"grade data fetch {wanted.name} --from {wanted.file_name}"
        )


def take(wanted: DataSet, store: Store, file: Path) -> None:
    """Take a file that was downloaded by other means; it stays where it is. Raises UsageError."""
    if wanted.package:
        raise UsageError(f"{wanted.name} is no download: {how_to_get(wanted)}")
    if not file.is_file():
        raise UsageError(
            f"{file}: no such file; wanted {wanted.file_name} as it is published at {wanted.urls[0]}"
        )
    with store.lock():
        store.keep(wanted, file)


def _from(url: str, wanted: DataSet, store: Store, heard: Heard, patience: Patience) -> None:
    """One address. A part that an earlier download left may be another file's: then once more from the beginning."""
    part = store.part(wanted)
    had = size_of(part)
    download(url, part, heard, size=wanted.size, patience=patience)
    try:
        store.keep(wanted, part)
    except WrongChecksum:
        part.unlink()
        if not had:
            raise
        _from(url, wanted, store, heard, patience)
        return
    part.unlink()
