"""Time, sums, devices: small helpers that notebooks take from earlier chapters."""

from __future__ import annotations

import itertools
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch


class Timer:
    """Adds up running times, in seconds. Running from the start."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Start, or start again."""
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Stop, and return the time since the start."""
        elapsed = time.perf_counter() - self._started
        self.times.append(elapsed)
        return elapsed

    def avg(self) -> float:
        """Mean of the times."""
        return self.sum() / len(self.times)

    def sum(self) -> float:
        """Sum of the times."""
        return math.fsum(self.times)

    def cumsum(self) -> list[float]:
        """Running sums of the times."""
        return list(itertools.accumulate(self.times))


class Accumulator:
    """`n` running sums."""

    def __init__(self, n: int) -> None:
        self._n = n
        self.reset()

    def add(self, *args: Any) -> None:
        """Add one number to each sum."""
        for i, value in enumerate(args[: self._n]):
            self.data[i] += float(value)

    def reset(self) -> None:
        """All sums to zero."""
        self.data = [0.0] * self._n

    def __getitem__(self, index: int) -> float:
        return self.data[index]


def cpu() -> torch.device:
    """The CPU."""
    return torch.device("cpu")


def gpu(i: int = 0) -> torch.device:
    """The GPU of number `i`."""
    return torch.device(f"cuda:{i}")


def num_gpus() -> int:
    """How many GPUs there are."""
    return torch.cuda.device_count()


def try_gpu(i: int = 0) -> torch.device:
    """GPU `i` if it exists, else the CPU."""
    return gpu(i) if num_gpus() > i else cpu()


def try_all_gpus() -> list[torch.device]:
    """All GPUs, or a list of the CPU alone."""
    return list(map(gpu, range(num_gpus()))) or [cpu()]


def get_dataloader_workers() -> int:
    """0: data is loaded in the process itself, because a graded worker may start no others."""
    return 0


def copyfile(filename: str, target_dir: str) -> None:
    """Copy a file into a folder, which is made when missing."""
    Path(target_dir).mkdir(parents=True, exist_ok=True)
    shutil.copy(filename, target_dir)


def add_to_class(Class: type) -> Callable[[Any], None]:
    """Decorator: make a function a method of `Class`."""
    return lambda method: setattr(Class, method.__name__, method)
