"""Names of data sets, and what stands for functions that would download them.

There is no network while grading. A course may serve sets of its own: then its code, which runs before any student's, puts
working functions in the place of these (`grader.worker.scene`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"
DATA_HUB: dict[str, tuple[str, str]] = {}
"""name → (address, checksum); notebooks add to it"""

VOC_CLASSES = [
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "potted plant",
    "sheep",
    "sofa",
    "train",
    "tv/monitor",
]  # fmt: skip - one name per line hides the order


def _voc_colour(label: int) -> list[int]:
    """Pascal VOC spreads the bits of the class number over the high bits of red, green and blue."""
    return [sum(((label >> (3 * k + c)) & 1) << (7 - k) for k in range(3)) for c in range(3)]


VOC_COLORMAP = [_voc_colour(label) for label in range(len(VOC_CLASSES))]


def needs_data(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError(
            f"d2l.{name}: there is no network and no data set while grading. Call it inside a function or in "
            "a cell that only your own training needs; graded functions get their data as arguments"
        )

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


DATA_FUNCTIONS = (
    "download", "download_extract", "download_all", "extract", "load_data_bananas", "load_data_voc",
    "read_voc_images", "load_data_fashion_mnist", "load_data_cifar10",
)  # fmt: skip
