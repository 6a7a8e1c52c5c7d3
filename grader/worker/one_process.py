"""Data loaders without processes of their own, for workers that may not have shared memory (level 2)."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter


def load_in_one_process() -> None:
    """From now on `DataLoader(…, num_workers=4)` loads its batches, the same ones in the same order, in this process."""
    DataLoader._get_iterator = _iterator  # type: ignore[assignment, method-assign]  # there is no setting for it


def _iterator(loader: DataLoader[Any]) -> _SingleProcessDataLoaderIter:
    asked = loader.num_workers, loader.timeout
    loader.num_workers, loader.timeout = 0, 0
    try:
        return _SingleProcessDataLoaderIter(loader)
    finally:
        loader.num_workers, loader.timeout = asked
