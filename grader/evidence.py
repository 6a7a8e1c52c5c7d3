"""Values as evidence: plain JSON for storing and drawing. `grader.report.values` shows them as text.

What a student's code returned may be large or strange; evidence is bounded and made of plain values only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

MOST_ELEMENTS = 256
MOST_ITEMS = 24
MOST_TEXT = 400


def describe(value: Any, depth: int = 0) -> Any:
    """A JSON-able description: scalars as they are, everything else an object with `kind`."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"kind": "float", "text": str(value)}
    if isinstance(value, str):
        return value[:MOST_TEXT]
    if depth > 4:
        return {"kind": "object", "type": "…"}
    if isinstance(value, Tensor):
        return _tensor(value, "tensor")
    if isinstance(value, np.ndarray):
        return _tensor(torch.from_numpy(np.ascontiguousarray(value)), "array")
    if isinstance(value, (list, tuple)):
        items = [describe(v, depth + 1) for v in value[:MOST_ITEMS]]
        return {"kind": type(value).__name__, "items": items, "length": len(value)}
    if isinstance(value, dict):
        pairs = [
            [describe(k, depth + 1), describe(v, depth + 1)] for k, v in list(value.items())[:MOST_ITEMS]
        ]
        return {"kind": "dict", "items": pairs, "length": len(value)}
    if isinstance(value, Image.Image):
        return {"kind": "image", "mode": value.mode, "size": list(value.size)}
    return {"kind": "object", "type": str(getattr(value, "type", type(value).__name__))[:80]}


def _tensor(value: Tensor, kind: str) -> dict[str, Any]:
    node = {"kind": kind, "dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
    if value.numel() > MOST_ELEMENTS or value.device.type == "meta":
        return node
    return node | {"values": _finite(value.tolist())}


def _finite(values: Any) -> Any:
    """JSON has no NaN and no infinity: they become text."""
    if isinstance(values, list):
        return [_finite(v) for v in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values
