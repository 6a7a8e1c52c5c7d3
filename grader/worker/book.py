"""Our stand-in for the book's package: makes `from d2l import torch as d2l` work where it is not installed.

It has the helpers that the chapter's notebooks take from earlier chapters: plotting, timers, accumulators,
devices, a training loop, short names for torch functions. It has nothing a student is asked to write, and no
data: what is missing says so when it is used, and student code may set it (`d2l.box_iou = box_iou`).

Plotting is kept cheap: curves are recorded and not drawn; matplotlib is imported when first used, without a
display.
"""

from __future__ import annotations

import collections
import hashlib
import importlib
import importlib.machinery
import itertools
import math
import os
import random
import re
import shutil
import sys
import time
import types
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

MAX_DRAWN = 100


def install() -> bool:
    """Make `d2l` importable. True when the stand-in is used, False when the real package is.

    The real package counts only if it imports as a whole: it pins old versions and often does not.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")  # for student code that imports matplotlib itself
    if isinstance(sys.modules.get("d2l.torch"), _Book):
        return True
    try:
        importlib.import_module("d2l.torch")
        return False
    except Exception:  # an old package can fail in any way while it is imported
        for name in [n for n in sys.modules if n == "d2l" or n.startswith("d2l.")]:
            del sys.modules[name]
    package, book = _Book("d2l"), _Book("d2l.torch")
    for module in (package, book):
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None, is_package=module is package)
        vars(module).update(_names(), __all__=_PUBLIC, __version__="stand-in")
    vars(package).update(__path__=[], torch=book)
    # `import d2l` alone means the package of helpers to some: `d2l.Timer` and `d2l.torch.Timer` both work.
    sys.modules.update({"d2l": package, "d2l.torch": book})
    return True


class _Book(types.ModuleType):
    """A module whose missing names explain themselves and whose heavy ones come when asked for."""

    def __getattr__(self, name: str) -> Any:
        if name in _LAZY:
            try:
                value = _LAZY[name]()
            except ImportError as e:
                raise AttributeError(f"d2l.{name} needs {e.name}, which is not installed here") from e
            setattr(self, name, value)
            return value
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"the grader's stand-in for d2l has no {name!r}. A function of this chapter: define it in "
            "your own file or notebook, because graded functions must be your own. Any other helper: copy it"
        )


# ---------------------------------------------------------------- plotting


def _pyplot() -> Any:
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    plt: Any = importlib.import_module("matplotlib.pyplot")
    plt.show = lambda *_, **__: plt.close("all")
    return plt


_LAZY: dict[str, Callable[[], Any]] = {
    "plt": _pyplot,
    "pd": lambda: importlib.import_module("pandas"),
    "Image": lambda: importlib.import_module("PIL.Image"),
    "torchvision": lambda: importlib.import_module("torchvision"),
    "transforms": lambda: importlib.import_module("torchvision.transforms"),
}


def use_svg_display() -> None:
    """Nothing: there is no display."""


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the size of figures, in inches."""
    _pyplot().rcParams["figure.figsize"] = figsize


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
    plt = _pyplot()
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


# ---------------------------------------------------------------- time, sums, devices


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


# ---------------------------------------------------------------- training


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """How many predictions are right (not the share): y_hat (n, classes) or (n,), y (n,)."""
    predicted = y_hat.argmax(dim=1) if y_hat.ndim > 1 and y_hat.shape[1] > 1 else y_hat
    return float((predicted.to(y.dtype) == y).sum())


def evaluate_accuracy_gpu(net: Any, data_iter: Iterable[Any], device: Any = None) -> float:
    """The share of right predictions over a data loader, in eval mode, which it leaves on like the book's."""
    if isinstance(net, nn.Module):
        net.eval()
        device = device or getattr(next(net.parameters(), None), "device", None)
    with torch.no_grad():
        counts = [(accuracy(net(_moved(X, device)), y.to(device)), y.numel()) for X, y in data_iter]
    right, total = float(sum(r for r, _ in counts)), int(sum(n for _, n in counts))
    return right / max(total, 1)


def evaluate_accuracy(net: Any, data_iter: Iterable[Any]) -> float:
    """`evaluate_accuracy_gpu` where the network is."""
    return evaluate_accuracy_gpu(net, data_iter)


def _moved(X: Any, device: Any) -> Any:
    return [x.to(device) for x in X] if isinstance(X, list) else X.to(device)


def train_batch_ch13(
    net: nn.Module, X: Any, y: Tensor, loss: Callable[..., Tensor], trainer: Any, devices: Sequence[Any]
) -> tuple[Tensor, float]:
    """One step on one batch; returns (sum of losses, number of right predictions)."""
    y = y.to(devices[0])
    net.train()
    scores = net(_moved(X, devices[0]))
    total = loss(scores, y).sum()
    trainer.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]  # not annotated in torch
    trainer.step()
    return total, accuracy(scores, y)


def train_ch13(
    net: nn.Module,
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    loss: Callable[..., Tensor],
    trainer: Any,
    num_epochs: int,
    devices: Sequence[Any] | None = None,
) -> None:
    """Train on the first device and print losses and accuracies. `loss` gives one number per example."""
    devices = devices or try_all_gpus()
    net.to(devices[0])
    for epoch in range(1, num_epochs + 1):
        loss_sum, right, images, labels = 0.0, 0.0, 0, 0
        for X, y in train_iter:
            batch_loss, batch_right = train_batch_ch13(net, X, y, loss, trainer, devices)
            loss_sum, right = loss_sum + float(batch_loss.detach()), right + batch_right
            images, labels = images + len(y), labels + y.numel()
        mean, share = loss_sum / max(images, 1), right / max(labels, 1)
        test = evaluate_accuracy_gpu(net, test_iter, devices[0])
        print(f"epoch {epoch}: loss {mean:.3f}, train acc {share:.3f}, test acc {test:.3f}")


class Residual(nn.Module):
    """Two 3×3 convolutions with batch normalisation around a shortcut, made to fit by `use_1x1conv`."""

    def __init__(
        self, input_channels: int, num_channels: int, use_1x1conv: bool = False, strides: int = 1
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(input_channels, num_channels, 3, stride=strides, padding=1)
        self.conv2 = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.conv3 = nn.Conv2d(input_channels, num_channels, 1, stride=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm2d(num_channels), nn.BatchNorm2d(num_channels)

    def forward(self, X: Tensor) -> Tensor:
        Y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(X)))))
        return functional.relu(Y + (self.conv3(X) if self.conv3 is not None else X))


def resnet18(num_classes: int, in_channels: int = 1) -> nn.Sequential:
    """The book's ResNet-18 for small images: a 3×3 stem without pooling, then four stages."""
    stem = (nn.Conv2d(in_channels, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU())
    parts: dict[str, nn.Module] = {str(i): layer for i, layer in enumerate(stem)}
    for i, (before, after) in enumerate(itertools.pairwise((64, 64, 128, 256, 512))):
        first = Residual(before, after, use_1x1conv=i > 0, strides=2 if i > 0 else 1)
        parts[f"resnet_block{i + 1}"] = nn.Sequential(first, Residual(after, after))
    parts["global_avg_pool"] = nn.AdaptiveAvgPool2d(1)
    parts["fc"] = nn.Sequential(nn.Flatten(), nn.Linear(512, num_classes))
    return nn.Sequential(collections.OrderedDict(parts))


# ---------------------------------------------------------------- data

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


def _needs_data(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError(
            f"d2l.{name}: there is no network and no data set while grading. Call it inside a function or in "
            "a cell that only your own training needs; graded functions get their data as arguments"
        )

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


_DATA_FUNCTIONS = (
    "download", "download_extract", "download_all", "extract", "load_data_bananas", "load_data_voc",
    "read_voc_images", "load_data_fashion_mnist", "load_data_cifar10",
)  # fmt: skip


def copyfile(filename: str, target_dir: str) -> None:
    """Copy a file into a folder, which is made when missing."""
    Path(target_dir).mkdir(parents=True, exist_ok=True)
    shutil.copy(filename, target_dir)


def add_to_class(Class: type) -> Callable[[Any], None]:
    """Decorator: make a function a method of `Class`."""
    return lambda method: setattr(Class, method.__name__, method)


# ---------------------------------------------------------------- names


def _numpy(x: Tensor, *args: Any, **kwargs: Any) -> Any:
    return x.detach().numpy(*args, **kwargs)


def _names() -> dict[str, Any]:
    """Everything the module offers at once."""
    helpers: list[Any] = [
        use_svg_display, set_figsize, set_axes, plot, show_images, show_bboxes, Animator, Timer, Accumulator,
        cpu, gpu, num_gpus, try_gpu, try_all_gpus, get_dataloader_workers, accuracy, evaluate_accuracy_gpu,
        evaluate_accuracy, train_batch_ch13, train_ch13, Residual, resnet18, copyfile, add_to_class,
    ]  # fmt: skip
    modules = {
        m.__name__.rpartition(".")[2]: m
        for m in (collections, hashlib, math, os, random, re, shutil, sys, time)
    }
    return {
        **{str(h.__name__): h for h in helpers},
        **{name: _needs_data(name) for name in _DATA_FUNCTIONS},
        **modules,
        "torch": torch,
        "nn": nn,
        "F": functional,
        "np": np,
        "defaultdict": collections.defaultdict,
        "DATA_URL": DATA_URL,
        "DATA_HUB": DATA_HUB,
        "VOC_CLASSES": VOC_CLASSES,
        "VOC_COLORMAP": VOC_COLORMAP,
        **_TORCH,
        **_METHODS,
    }


_TORCH: dict[str, Any] = {
    name: getattr(torch, name)
    for name in (
        "ones_like", "ones", "zeros_like", "zeros", "tensor", "arange", "meshgrid", "sin", "sinh", "cos",
        "cosh", "tanh", "linspace", "exp", "log", "normal", "rand", "randn", "randint", "matmul", "int32", "int64",
        "float32", "concat", "stack", "abs", "eye", "sigmoid",
    )
}  # fmt: skip
_TORCH.update(batch_matmul=torch.bmm, nn_Module=nn.Module)

_METHODS: dict[str, Callable[..., Any]] = {
    "numpy": _numpy,
    "size": lambda x, *a, **k: x.numel(*a, **k),
    "reshape": lambda x, *a, **k: x.reshape(*a, **k),
    "to": lambda x, *a, **k: x.to(*a, **k),
    "reduce_sum": lambda x, *a, **k: x.sum(*a, **k),
    "reduce_mean": lambda x, *a, **k: x.mean(*a, **k),
    "argmax": lambda x, *a, **k: x.argmax(*a, **k),
    "astype": lambda x, *a, **k: x.type(*a, **k),
    "transpose": lambda x, *a, **k: x.t(*a, **k),
    "expand_dims": lambda x, *a, **k: x.unsqueeze(*a, **k),
    "repeat": lambda x, *a, **k: x.repeat(*a, **k),
}

# Without pandas, which the stand-in does not need: `import *` must not fail for its sake.
_PUBLIC = sorted({*_names(), *_LAZY} - {"pd"})
