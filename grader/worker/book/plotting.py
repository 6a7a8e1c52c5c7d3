"""Drawing: nothing is shown, curves are recorded, matplotlib comes when a picture is asked for."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

MAX_DRAWN = 100


def pyplot() -> Any:
    """matplotlib without a display, imported when first asked for; `show` closes what was drawn."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    plt: Any = importlib.import_module("matplotlib.pyplot")
    plt.show = lambda *_, **__: plt.close("all")
    return plt


def use_svg_display() -> None:
    """Nothing: there is no display."""


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the size of figures, in inches."""
    pyplot().rcParams["figure.figsize"] = figsize


def set_axes(
    axes: Any, xlabel: Any, ylabel: Any, xlim: Any, ylim: Any, xscale: str, yscale: str, legend: Any
) -> None:
    """Label and scale matplotlib axes."""
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    axes.set_xlim(xlim)
    axes.set_ylim(ylim)
    if legend:
        axes.legend(legend)
    axes.grid(visible=True)


def plot(*_: Any, **__: Any) -> None:
    """Nothing: curves are not drawn while grading."""


def show_images(
    imgs: Sequence[Any], num_rows: int, num_cols: int, titles: Sequence[str] | None = None, scale: float = 1.5
) -> Any:
    """A grid of images; returns the flat array of axes. Beyond 100 images the axes stay empty."""
    plt = pyplot()
    _, grid = plt.subplots(num_rows, num_cols, figsize=(num_cols * scale, num_rows * scale), squeeze=False)
    axes = grid.flatten()
    for i, (ax, image) in enumerate(zip(axes, imgs, strict=False)):
        ax.set_axis_off()
        if i < MAX_DRAWN:
            ax.imshow(image.detach().cpu().numpy() if isinstance(image, Tensor) else image)
        if titles:
            ax.set_title(titles[i])
    return axes


def show_bboxes(axes: Any, bboxes: Iterable[Any], labels: Any = None, colors: Any = None) -> None:
    """Draw corner boxes, in the coordinates of `axes`, with labels."""
    names, shades = _as_list(labels, []), _as_list(colors, ["b", "g", "r", "m", "c"])
    for i, box in enumerate(bboxes):
        if i == MAX_DRAWN:
            return
        x1, y1, x2, y2 = (float(v) for v in box)
        colour = shades[i % len(shades)]
        patches = importlib.import_module("matplotlib.patches")
        axes.add_patch(patches.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, edgecolor=colour))
        if i < len(names):
            axes.text(x1, y1, names[i], va="center", ha="center", bbox={"facecolor": colour})


def _as_list(value: Any, default: list[Any]) -> list[Any]:
    if value is None:
        return default
    return list(value) if isinstance(value, (list, tuple)) else [value]


class Animator:
    """Takes the book's arguments and remembers the curves (X, Y); draws nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []

    def add(self, x: Any, y: Any) -> None:
        """Add one point to every curve; None leaves a curve as it is."""
        heights = y if hasattr(y, "__len__") else (y,)
        places = x if hasattr(x, "__len__") else itertools.repeat(x, len(heights))
        for curve, point in enumerate(zip(places, heights, strict=False)):
            if curve == len(self.X):
                self.X.append([])
                self.Y.append([])
            if all(value is not None for value in point):
                self.X[curve].append(point[0])
                self.Y[curve].append(point[1])
