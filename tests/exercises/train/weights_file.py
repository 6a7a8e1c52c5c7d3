"""The course's own pretrained weights, made by pretrain.py."""

from __future__ import annotations

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
