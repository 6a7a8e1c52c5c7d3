"""Pictures of the real data sets, as `grade data fetch` unpacks them: random choices of them, in the form of the drawn sets.

Read on the trusted side; no label of a picture that a net is measured on goes anywhere else.
"""

from __future__ import annotations

import csv
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scenes.banana import Bananas
from scenes.drawing import Dice
from scenes.things import Things
from torch import Tensor


def cifar10(n: int, seed: int, *, folder: Path, part: str, mirrored: float = 0.0) -> Things:
    """n of CIFAR-10's pictures, or all there are.

    part      "train" or "test"
    mirrored  the share whose left and right are exchanged
    """
    pattern = "data_batch_*" if part == "train" else "test_batch"
    batches = [_batch(path) for path in sorted((folder / "cifar-10-batches-py").glob(pattern))]
    images, labels = (torch.cat(column) for column in zip(*batches, strict=True))
    dice = Dice(f"cifar10-{part}", seed)
    chosen = torch.randperm(len(images), generator=dice.generator)[:n]
    mirror = dice.coin(len(chosen), mirrored).reshape(-1)
    pictures = images[chosen]
    pictures = torch.where(mirror[:, None, None, None], pictures.flip(3), pictures)
    return Things(pictures, labels[chosen], mirror)


def _batch(path: Path) -> tuple[Tensor, Tensor]:
    """Images uint8 (n, 3, 32, 32) and labels (n,) of one of CIFAR-10's files."""
    found = _Plain(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    pixels = torch.from_numpy(np.asarray(found["data"], dtype=np.uint8))
    return pixels.reshape(-1, 3, 32, 32), torch.tensor(found["labels"], dtype=torch.int64)


class _Plain(pickle.Unpickler):
    """CIFAR-10 is published as pickles. Of what a pickle can call, numpy's arrays are all that these need."""

    allowed = frozenset({"_reconstruct", "ndarray", "dtype", "_frombuffer", "scalar"})

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in self.allowed:
            return super().find_class(module, name)
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def bananas(n: int, seed: int, *, folder: Path, part: str, size: int = 64) -> Bananas:
    """n pictures of the banana set, or all there are, made `size` pixels wide and high.

    part  "train" or "val"
    """
    root = folder / "banana-detection" / f"bananas_{part}"
    with (root / "label.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    order = torch.randperm(len(rows), generator=Dice(f"bananas-{part}", seed).generator)[:n]
    pictures, labels = [], []
    for row in (rows[int(i)] for i in order):
        with Image.open(root / "images" / row["img_name"]) as image:
            width, height = image.size
            small = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        pictures.append(torch.from_numpy(np.array(small)).permute(2, 0, 1))
        x1, y1, x2, y2 = (float(row[k]) for k in ("xmin", "ymin", "xmax", "ymax"))
        labels.append([[float(row["label"]), x1 / width, y1 / height, x2 / width, y2 / height]])
    return Bananas(torch.stack(pictures), torch.tensor(labels))
