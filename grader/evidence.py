"""Values as evidence: plain JSON for storing and drawing. `grader.report.values` shows them as text.

What a student's code returned may be large or strange; evidence is bounded and made of plain values only.
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

MOST_ELEMENTS = 256
MOST_ITEMS = 24
MOST_TEXT = 400
THUMBNAIL = 96


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
        return {"kind": "image", "mode": value.mode, "size": list(value.size)} | _thumbnail(
            np.asarray(value.convert("RGB"))
        )
    return {"kind": "object", "type": str(getattr(value, "type", type(value).__name__))[:80]}


def _tensor(value: Tensor, kind: str) -> dict[str, Any]:
    node = {"kind": kind, "dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
    if value.device.type == "meta":
        return node
    if value.numel() > MOST_ELEMENTS:
        return node | _preview(value)
    return node | {"values": _finite(value.tolist())}


# ---------------------------------------------------------------- thumbnails of what is too large to keep

# Okabe and Ito's colours, grey for class 0
_CLASSES = ("#d0d7de", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")


def _preview(value: Tensor) -> dict[str, Any]:
    """`preview` of a tensor that looks like an image or a mask, one of a batch of them; {} for any other."""
    if value.layout is not torch.strided or value.dtype.is_complex or value.numel() > 50_000_000:
        return {}
    while value.dim() > 3:
        value = value[0]
    if value.dim() == 3 and value.shape[0] in (1, 3):
        value = value.permute(1, 2, 0)
    if value.dim() == 3 and value.shape[2] not in (1, 3):
        value = value[0]
    if value.dim() not in (2, 3) or min(value.shape[:2]) < 2:
        return {}
    rows, columns = (max(1, -(-size // THUMBNAIL)) for size in value.shape[:2])
    small = value.detach()[::rows, ::columns].cpu()
    return _thumbnail(_colours(small.squeeze(-1) if small.dim() == 3 else small))


def _colours(small: Tensor) -> np.ndarray[Any, Any]:
    """(H, W) or (H, W, 3) → uint8 (H, W, 3): classes in colours, fractions as brightness, anything else stretched."""
    numbers, whole = small.double(), not small.dtype.is_floating_point
    if small.dim() == 2 and whole and bool((numbers < 32).all()):
        palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _CLASSES], dtype=np.uint8)
        picked: np.ndarray[Any, Any] = palette[numbers.long().clamp(min=0).numpy() % len(_CLASSES)]
        return picked
    numbers = torch.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and (whole or high > 1) and high <= 255:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    grey = ((numbers - low) / ((high - low) or 1.0) * 255).round().to(torch.uint8).numpy()
    return grey if grey.ndim == 3 else np.repeat(grey[:, :, None], 3, axis=2)


def _thumbnail(pixels: np.ndarray[Any, Any]) -> dict[str, Any]:
    """uint8 (H, W, 3) → at most THUMBNAIL pixels a side, as base64 of a PNG."""
    rows, columns = (max(1, -(-size // THUMBNAIL)) for size in pixels.shape[:2])
    small = np.ascontiguousarray(pixels[::rows, ::columns])
    if not small.size:
        return {}
    data = io.BytesIO()
    Image.fromarray(small).save(data, "PNG")
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return {"preview": {"png": encoded, "width": small.shape[1], "height": small.shape[0]}}


def _finite(values: Any) -> Any:
    """JSON has no NaN and no infinity: they become text."""
    if isinstance(values, list):
        return [_finite(v) for v in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values
