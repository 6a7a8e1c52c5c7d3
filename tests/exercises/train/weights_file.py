"""Pretrained weights: the course's own, made by pretrain.py, and ImageNet's, which the extra `weights` brings."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

FILE = Path(__file__).resolve().parent / "weights" / "breeds.pt"


@cache
def breed_weights() -> dict[str, Tensor]:
    """Parameters and statistics of the net pretrained on the source breeds, float16."""
    state: dict[str, Tensor] = torch.load(FILE, weights_only=True)
    return {name: value for name, value in state.items() if value.is_floating_point()}


IMAGENET_FILE = "models/efficientnet-lite0-57934424.pth"
IMAGENET_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@cache
def imagenet_weights(folder: Path) -> dict[str, Tensor]:
    """EfficientNet-Lite0's parameters and statistics, float32, from the folder of the package that brings them.

    Raises ValueError for a file that is not the published one.
    """
    data = (folder / IMAGENET_FILE).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != IMAGENET_SHA256:
        raise ValueError(
            f"{folder / IMAGENET_FILE}: SHA-256 {found}, wanted {IMAGENET_SHA256}: install it again"
        )
    state: dict[str, Tensor] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return {name: value for name, value in state.items() if value.is_floating_point()}
