"""Runs beside the student's code: builds a loader around the student's data set."""

from torch.utils.data import DataLoader


def first_batch(dataset, batch_size):
    """The first batch of an unshuffled loader, as a list."""
    return list(next(iter(DataLoader(dataset, batch_size=batch_size))))
